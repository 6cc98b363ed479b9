/**
 * How a release's archive comes to a host: it lies there already, checked before, under its digest; or the host fetches it;
 * or it asks for the bytes from here. What comes is written beside the tree, and only what has the artifact's length and
 * digest is used, wherever it came from. Set before: size, digest, url, by, config, plainly, secret, within; here is the order's own
 * folder. Leaves the archive as $here/archive, and how it came in `came`; `instead` says why it was not fetched, and
 * `untried` whether that is for want of a program.
 */
export const bring = `
kept=$S/incoming/$digest.tar.gz
came='there 0' instead='' untried=''
bring() {
  mkdir -p "$here/$name" 2>/dev/null || complaint=$(mkdir -p "$here/$name" 2>&1) || give_up 'the bytes could not be written' "$complaint"
  for other in "$S"/incoming/*.tar.gz; do [ "$other" = "$kept" ] || gone "$other"; done
  if [ -e "$kept" ] && ln -f "$kept" "$here/archive" 2>/dev/null; then
    ! is_archive || { came='kept 0'; return 0; }
    rm -f "$kept" "$here/archive"
  fi
  if [ -n "$url" ]; then
    if fetch && is_archive; then came="$by $size"; keep; return; fi
    instead=$wrong
    rm -f "$here/archive"
  fi
  printf '\\nship %s send\\n' "$N"
  complaint=$( { head -c "$size" >"$here/archive"; } 2>&1) || give_up 'the bytes could not be written' "$complaint"
  is_archive || turn_away bytes "$wrong"
  came="here $size"
  keep
}
keep() { ln -f "$here/archive" "$kept" 2>/dev/null || :; } # for an order that comes after a kill, or to pass it on
is_archive() { # false, with wrong saying why not
  got=$(wc -c <"$here/archive") || got=0
  [ "$got" -le "$size" ] || { wrong="more than $size bytes came"; return 1; }
  [ "$got" -eq "$size" ] || { wrong="$((got)) of $size bytes came"; return 1; }
  for tool in "$hasher" sha256sum; do
    got=$($tool <"$here/archive") # by name, a backslash in the path would be told by one before the digest
    [ "\${got%% *}" != "$digest" ] || return 0
  done
  wrong='the digest is not that of the artifact'
  return 1
}
hasher=sha256sum
[ "$size" -lt 1000000 ] || ! command -v openssl >/dev/null || hasher='openssl dgst -sha256 -r' # in a fifth of the time
cannot() { wrong=$1 untried=1; return 1; }
fetch() { # false, with wrong saying why not; its length is capped whatever the server says
  if command -v curl >/dev/null; then with=curl
  elif ! command -v wget >/dev/null; then cannot 'it has neither curl nor wget'; return
  elif [ -n "$secret" ]; then cannot 'it has no curl, and wget would show the headers to others'; return
  elif wget --version 2>/dev/null | grep -q GNU; then with=gnu_wget
  elif [ -z "$plainly" ]; then cannot 'it has no curl, and its wget would show the address to others'; return
  else with=any_wget; fi
  status=$( { { "fetch_$with" 2>"$here/said" 4>&-; echo "$?" >&4; } | head -c "$((size + 1))" >"$here/archive"; } 4>&1)
  [ "$status" != 0 ] || return 0
  got=$(wc -c <"$here/archive")
  [ "$got" -le "$size" ] || { wrong="more than $size bytes came"; return 1; }
  wrong="\${with#*_} ended with code $status"
  [ -z "$plainly" ] || wrong="$wrong: $(tail -n 1 "$here/said" | head -c 200)"
  return 1
}
fetch_curl() { printf '%s' "$config" | curl -q -sS -K -; }
fetch_gnu_wget() { # as curl: no file of the host's says how, and what passes it on sends nobody elsewhere
  if [ "$by" = relay ]; then set -- --max-redirect=0 --no-proxy; else set -- --max-redirect=5; fi
  printf '%s\\n' "$url" | timeout "$within" wget --no-config "$@" -nv -T 10 -t 1 -i - -O -
}
fetch_any_wget() { timeout "$within" wget -q -T 10 -O - "$url"; }
`;
