import { assignments } from "./frame.ts";
import { jobLog } from "./job-log.ts";
import { jobs } from "./jobs.ts";
import { claims, prelude } from "./prelude.ts";

/**
 * What runs on a host without us: jobs, the watchdog, and the revert. The same text is sent to start them and kept as
 * P/.ship/host.sh, so that a host puts itself back by the very program that would have been sent. `host.sh boot`, from a
 * crontab's @reboot, sends home what a reboot left armed or half reverted.
 */
export function hostProgram({ path, host, component }: Readonly<Record<"path" | "host" | "component", string>>) {
  const words = assignments({ P: path, H: host, C: component });
  // Without its last line feed it is what `$(cat …)` reads of the file.
  return `${words}${kept}${prelude}${claims}${jobLog}${jobs}${leases}${modes}`.trimEnd();
}

/** Started by a boot there may be no HOME for a relative path to begin at; the file itself says where it is. */
const kept = `
case $0 in /*/.ship/host.sh) P=\${0%/.ship/host.sh} ;; esac
`;

const leases = `
leased() { # ATTEMPT: is it still out on its lease?
  known && [ "$r_attempt" = "$1" ] && case $r_phase in armed | switched) ! lease_over "$1" ;; *) false ;; esac
}
own='' # the watchdog's file, with its pid: renamed it says who puts the host back
watch() { # ATTEMPT SECONDS NAME: counts its own sleeping, as clocks jump; then puts the host back. There are two of them
  own=$S/$3
  remember "$own" $$ || exit
  slept=0
  while [ "$slept" -lt "$2" ]; do
    sleep 1
    slept=$((slept + 1))
    [ -d "$S" ] || exit
    leased "$1" || if lock; then leased "$1" || stand_by "$1"; unlock; fi
  done
  wait_for_lock
  leased "$1" || stand_by "$1"
  expire
}
wait_for_lock() { until lock; do [ -d "$S" ] || exit; sleep 1; done; }
going_back() { # ATTEMPT: because its lease ran out, also where a full disk keeps the record from saying so
  known && [ "$r_attempt" = "$1" ] && lease_over "$1" && case $r_phase in reverting | armed | switched) true ;; *) false ;; esac
}
stand_by() { # ATTEMPT; the lock is held. Where the other watchdog puts the host back and dies over it, this one goes on
  while going_back "$1"; do
    alive "$S/jobs/$1-revert.pid" || { expire; exit; }
    unlock
    sleep 1
    wait_for_lock
  done
  rm -f "$own"
  exit
}

expire() { # the lock is held; what is armed or switched goes back to good. No step but the record needs room on the disk
  linked
  way_back "$r_good"
  r_phase=reverting
  stop_jobs
  J=$S/jobs/$r_attempt-revert
  gone "$J".*
  ln "$S/lock" "$J.lease" 2>/dev/null || { true >"$J.lease"; } 2>/dev/null
  mv -f "$own" "$J.pid" 2>/dev/null || remember "$J.pid" $$
  log_to "$J.log"
  save || echo 'ship: the record could not be written when the lease was over; it is once there is room'
  unlock
  patient=1
  back "$r_attempt" "$r_good" "$moved"
}
patient='' # nobody is there to be told that a link cannot be made for want of room: it is made once there is some
way_back() { # TO: moved=0 when nothing but the arming has happened to what is live
  moved=1
  [ "$r_phase" != armed ] || [ "$link" != "$1" ] || [ "$r_current" != "$link" ] || moved=0
}

stop_jobs() { # what a try left running must not go on beside its revert; nor what a revert did that was cut off
  for file in "$S"/jobs/*-drain.pid "$S"/jobs/*-activate.pid "$S"/jobs/*-undrain.pid "$S"/jobs/*-revert.pid; do
    job=\${file%.pid}
    ! ended "$job" || continue
    if alive "$file"; then
      [ "$pid" -ne $$ ] || continue
      kill -KILL "-$pid" 2>/dev/null
    fi
    ! alive "$job.group" || kill_group "$pid"
  done
}

back() { # ATTEMPT TO MOVED: the revert itself
  J=$S/jobs/$1-revert ok=1
  log_to "$J.log"
  stop_jobs
  known
  linked
  if [ -n "$2" ]; then back_to "$2" "$3" || ok=0
  elif [ "$3" -eq 1 ]; then back_to_none || ok=0
  fi
  wait_for_lock
  until settle "$1" "$2"; do # a full disk has room again some time, and until then this is under way
    unlock
    sleep 1
    wait_for_lock
  done
  unlock
  gone "$S/watch-$1" "$S/watch-$1.2"
  end_job $((1 - ok))
}
pointed() { # RELEASE
  until point "$1"; do
    [ -n "$patient" ] || return
    sleep 1
  done
  settled "$P"
}
back_to() { # RELEASE MOVED
  placed "$1" || { echo "ship: release $1 is not on the disk"; return 1; }
  [ "$link" = "$1" ] || pointed "$1" || return
  manifest "$1"
  [ "$2" -eq 0 ] || run_there "$1" "$m_activate" "$m_activate_within" || return
  run_there "$1" "$m_undrain" "$m_activate_within"
}
back_to_none() {
  left=$link
  placed "$left" || left=$r_target
  manifest "$left"
  pointed '' || return
  ! placed "$left" || run_there "$left" "$m_deactivate" "$m_activate_within"
}
settle() { # ATTEMPT TO: false when it could not be written
  known
  [ "$r_attempt" = "$1" ] && case $r_phase in reverting | armed | switched) true ;; *) false ;; esac || return 0
  if [ "$ok" -eq 1 ]; then r_phase=reverted r_good=$2; else r_phase=revert-failed; fi
  r_current=$2
  save
}

guarded() { # does a process see to what is armed, switched or reverting?
  case $r_phase in
    armed | switched) alive "$S/watch-$r_attempt" || alive "$S/watch-$r_attempt.2" || alive "$S/jobs/$r_attempt-revert.pid" ;;
    reverting) alive "$S/jobs/$r_attempt-revert.pid" ;;
  esac
}
boot() { # a restarted machine has no watchdog: what was under way goes back, here and in the trees under this one
  for other in "$S"/flags/*/.ship/host.sh "$S"/rates/*/.ship/host.sh; do
    [ ! -e "$other" ] || setsid sh "$other" boot </dev/null >/dev/null 2>&1 &
  done
  lock && known || exit
  case $r_phase in armed | switched | reverting) ;; *) exit ;; esac
  if guarded; then exit 0; fi
  r_phase=switched
  expire
}
`;

const modes = `
case \${1-} in
  work | watch | back | boot) "$@" ;;
esac
`;
