/**
 * Jobs: commands that run on a host without us, each known by the files that are called as it is under `jobs/`. Whoever
 * asks again finds the same job, at work or ended.
 */
export const jobs = `
started() { # PID: its start time into at, false when it is gone
  at=''
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
  set -- \${stat##*) }
  at=\${20}
  [ "$1" != Z ]
}
this_boot=''
{ IFS= read -r this_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
alive() { # FILE with a pid, its start time and the boot that it belongs to: is that very process there?
  pid='' born='' boot=''
  [ ! -r "$1" ] || read -r pid born boot <"$1"
  [ -n "$pid" ] && started "$pid" && [ "$at" = "$born" ] && [ "$this_boot" = "$boot" ]
}
remember() { started "$2"; printf '%s %s %s\\n' "$2" "$at" "$this_boot" >"$1"; }

install_program() { # mostly it is there from the order before
  [ "$(cat "$S/host.sh" 2>/dev/null)" != "$host_sh" ] || return 0
  printf '%s\n' "$host_sh" >"$S/host.sh.new" && sync "$S/host.sh.new" && mv -f "$S/host.sh.new" "$S/host.sh" &&
    settled "$S"
}
launch() { # JOB ARGUMENT…: this program, detached, with nothing of ours open
  J=$S/jobs/$1
  shift
  gone "$J".*
  setsid sh "$S/host.sh" "$@" </dev/null >/dev/null 2>&1 9>&- &
  child=$!
  remember "$J.pid" "$child"
}
child=''

limited() { # RELEASE COMMAND SECONDS: runs it in a group of its own; 124 when it took longer
  late=$J.late
  gone "$late"
  (enter "$1" && exec "$4" "$5" -c "$2") &
  group=$!
  remember "$J.group" "$group"
  (
    left=$3
    while [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
    { true >"$late"; } 2>/dev/null
    kill_group "$group"
  ) >/dev/null 2>&1 &
  timer=$!
  wait "$group"
  status=$?
  [ -e "$late" ] || kill "$timer" 2>/dev/null
  wait "$timer" 2>/dev/null
  [ "$status" -eq 0 ] || [ ! -e "$late" ] || { echo "ship: stopped after $3 s"; return 124; }
  return "$status"
}
run_there() { # RELEASE COMMAND SECONDS
  [ -n "$2" ] || return 0
  located setsid
  set -- "$@" "$spot"
  located sh
  limited "$@" "$spot"
}
kill_group() {
  kill -TERM "-$1" 2>/dev/null || return 0
  turn=0
  while kill -0 "-$1" 2>/dev/null && [ "$turn" -lt 30 ]; do
    turn=$((turn + 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
  kill -KILL "-$1" 2>/dev/null
}

work() { # JOB RELEASE COMMAND SECONDS PAUSE MARKER: one command, then a pause; its exit code ends the job
  J=$S/jobs/$1
  log_to "$J.log"
  run_there "$2" "$3" "$4"
  status=$?
  [ "$status" -ne 0 ] || [ "$5" -eq 0 ] || sleep "$5"
  [ "$status" -ne 0 ] || [ -z "$6" ] || marked "$6" || status=1
  end_job "$status"
}
marked() { # MARKER
  { true >"$1"; } 2>/dev/null && sync "$1" && settled "$S/once" && return
  echo 'ship: it succeeded, and that could not be written down: it would run again'
  return 1
}
end_job() { printf '%s\\n' "$1" >"$J.code"; }
ended() { [ -s "$1.code" ]; } # JOB: so short a line is there at once, or not at all

perform() { # JOB RELEASE COMMAND SECONDS PAUSE MARKER: starts it unless it was started, and answers how it stands
  [ -n "$3" ] || done_
  save || fail 'the record could not be written'
  J=$S/jobs/$1
  if [ ! -e "$J.pid" ]; then
    install_program || fail 'the host program could not be written'
    launch "$1" work "$@"
  fi
  unlock
  await
  answer_job
}
await() { # at most about 8 s, for the job's end; a child's costs nothing to wait for
  if [ -n "$child" ]; then
    started $$
    born=$at
    trap : USR1
    (
      left=8
      while [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
      started $$ && [ "$at" = "$born" ] && kill -USR1 $$
    ) </dev/null >/dev/null 2>&1 &
    timer=$!
    wait "$child"
    kill "$timer" 2>/dev/null
    return
  fi
  turn=0
  while ! ended "$J" && [ "$turn" -lt 80 ] && alive "$J.pid"; do
    turn=$((turn + 1))
    if [ "$turn" -lt 4 ]; then sleep 0.03 2>/dev/null; else sleep 0.1 2>/dev/null; fi || { sleep 1; turn=$((turn + 9)); }
  done
}
answer_job() {
  if ! ended "$J"; then
    if alive "$J.pid"; then begin; say answer running; end 0; fi
    ended "$J" || fail 'it was cut off on the host' "$(last_words)"
  fi
  read -r status <"$J.code"
  [ "$status" -eq 0 ] || fail "it ended with code $status" "$(last_words)"
  known
  answer_done
}
`;
