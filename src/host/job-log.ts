/**
 * What a job prints, on a host: a reader of its own keeps the beginning and the last words, drops the rest, and so never keeps
 * whoever prints waiting. It lives as long as anything that the job left running may print.
 */
export const jobLog = `
log_to() { # FILE: takes what is printed from here on; its beginning is 4 MiB at most
  [ -z "$logged" ] || return 0
  logged=1
  gone "$1.in" "$1.end"
  if ! { true >>"$1"; } 2>/dev/null; then exec >/dev/null 2>&1; return; fi # no room for a file: a revert goes on unheard
  if ! mkfifo "$1.in" 2>/dev/null; then { true >"$1.end"; } 2>/dev/null; exec >>"$1" 2>&1; return; fi
  setsid sh -c "$log_reader" log "$1" </dev/null >/dev/null 2>&1 9>&- &
  exec >"$1.in" 2>&1
}
logged=''
log_reader='
exec <"$1.in" >>"$1" 3>&1
rm -f "$1.in"
read=$(dd bs=4096 count=1024 2>&1 >&3) # "full+partial records in", less of them only where that was all
read=\${read%% *}
case $read in *[!0-9+]* | "" | +* | *+) whole="" ;; *) whole=$((\${read%+*} + \${read#*+} < 1024)) ;; esac
[ "$whole" = 1 ] || tail -c 65536
true >"$1.end"
'
last_words() { # the end of a job's output, once it has been written down
  turn=0
  until [ -e "$J.log.end" ] || [ "$turn" -ge 5 ]; do turn=$((turn + 1)); sleep 0.1 2>/dev/null || sleep 1; done
  tail -c 4096 "$J.log"
}
`;
