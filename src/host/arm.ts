import type { Answer } from "../core/host.ts";
import { jobOrder } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** Starts the lease. The watchdog runs before the record says so: a host is never out without one. */
export function arm(site: Site, asked: Asked<"arm">): Promise<Answer> {
  const { rollout, attempt, target, from, lease } = asked;
  return jobOrder(site, asked.claim, { words: { rollout, attempt, target, from, lease: Math.ceil(lease) }, text });
}

const text = `
guard() { # starts the two watchdogs, or the one of them that is gone
  install_program || fail 'the host program could not be written'
  start_watch "watch-$attempt"
  start_watch "watch-$attempt.2"
  turn=0
  until alive "$S/watch-$attempt" && alive "$S/watch-$attempt.2"; do
    turn=$((turn + 1))
    [ "$turn" -lt 80 ] || { kill -KILL $watches; fail 'the watchdog did not start' "$(tail -c 4096 "$S/jobs/$attempt-watch.log")"; }
    if [ "$turn" -lt 5 ]; then sleep 0.02 2>/dev/null; else sleep 0.1 2>/dev/null; fi || sleep 1
  done
}
watches=''
start_watch() { # NAME
  ! alive "$S/$1" || return 0
  gone "$S/$1"
  setsid sh "$S/host.sh" watch "$attempt" "$lease" "$1" </dev/null >>"$S/jobs/$attempt-watch.log" 2>&1 9>&- &
  watches="$watches $!"
}
forget_old_jobs() {
  set --
  for file in "$S"/jobs/[0-9]*; do
    number=\${file##*/}
    [ "\${number%%-*}" -ge $((attempt - 3)) ] || set -- "$@" "$file"
  done 2>/dev/null
  gone "$@"
}
take
if [ "$attempt" -eq "$r_attempt" ] && [ "$rollout" = "$r_rollout" ] && [ "$r_phase" = armed ]; then
  ! lease_over "$attempt" || refuse busy
  guard
  done_
fi
if [ "$r_phase" = reverting ]; then # one that was cut off, and that nobody goes on with, is as good as failed
  ! guarded || refuse busy
  r_phase=revert-failed
fi
[ "$attempt" -gt "$r_attempt" ] || refuse attempt
linked
[ "$link" = "$from" ] || refuse drift "current is at '$link', not at '$from'"
good=$r_good
if [ "$rollout" != "$r_rollout" ] && [ -n "$r_current" ]; then
  case $r_phase in
    proven) good=$r_current ;;
    reverted) [ "$r_current" != "$r_good" ] || good=$r_current ;;
  esac
fi
case $r_phase in
  armed | switched | reverting | revert-failed) ;;
  *) # drifted, and taken as it is
    case $link in '' | "$r_current" | "$target") ;; *) good=$link ;; esac ;;
esac
for name in "$target" $good; do placed "$name" || refuse missing "release $name is not on the disk"; done
forget_old_jobs
stop_jobs
gone "$S/jobs/$attempt-revert".* # of an attempt whose record was lost
guard
live=$link # where a revert failed nothing is live: going back has to start it
case $r_phase in
  revert-failed) live='' ;;
  armed) [ "$r_current" = "$link" ] || live='' ;;
esac
r_rollout=$rollout r_attempt=$attempt r_current=$live r_phase=armed r_direction=forward r_target=$target r_good=$good
done_
`;
