/**
 * How a flag's definition gets into the flags file, whole and by rename, beside those of other flags. The file is built from
 * fragments, one a flag, in `<file>.d`; `.sum` in there holds the sums of what was built, two while the one replaces the other,
 * so that an edit by hand is told from a kill between two steps. SHIP_FLAGS_FILE names the file; `{path}` in it is the
 * component's path. Exit codes: 0 done, or left alone as an override; 3 a file that ship did not write; 1 all else.
 */
const shared = `
fail() { # SENTENCE [CODE]
  printf 'ship: %s\\n' "$1" >&2
  exit "\${2:-1}"
}
umask 022
LC_ALL=C
export LC_ALL
here=$(pwd -P)
path=\${here%/.ship/flags/*/releases/*}
name=''
IFS= read -r name <name
case $name in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) fail "$here does not name its flag" ;; esac
file=\${SHIP_FLAGS_FILE-} mark='{path}'
case $file in
  *"$mark"*)
    [ "$path" != "$here" ] || fail "$here is not where a flag's releases are, so {path} in SHIP_FLAGS_FILE means nothing"
    file=\${file%%"$mark"*}$path\${file#*"$mark"} ;;
esac
case $file in
  '' | */) fail 'SHIP_FLAGS_FILE names no file' ;;
  /*) ;;
  *) [ -n "\${HOME-}" ] || fail "there is no HOME for $file to begin at"
    file=$HOME/$file ;;
esac
folder=\${file%/*}/ parts=$file.d sums=$file.d/.sum

hold() { # until this program ends, however it does
  command -v flock >/dev/null || fail 'flock is not installed'
  mkdir -p "$folder" && (: >>"$file.lock") || fail "$file.lock cannot be written"
  exec 9>>"$file.lock"
  flock 9 || fail "$file.lock could not be taken"
}
there() { [ -e "$file" ] || [ -h "$file" ]; }
settled() { sync "$1" 2>/dev/null || sync; }
sum_of() { { sha256sum <"$1"; } 2>/dev/null; }
put() { # FILE, with its text on stdin: whole or not at all, and durable
  cat >"$1.new" && settled "$1.new" && mv -fT "$1.new" "$1" && settled "\${1%/*}/" && return
  rm -f "$1.new"
  fail "$1 could not be written"
}

ours() { # is the file as it was built, or gone?
  there || return 0
  sum=$(sum_of "$file") && case $(cat "$sums") in *"$sum"*) ;; *) return 1 ;; esac
}
whole() {
  printf '{"flags":{' && comma='' || return
  for part in "$parts"/*.json; do
    flag=\${part##*/}
    flag=\${flag%.json}
    case $flag in [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) continue ;; esac
    printf '%s\\n"%s":' "$comma" "$flag" && cat "$part" || return
    comma=,
  done
  printf '}'
  [ ! -e "$parts/\\$evaluators.json" ] || { printf ',\\n"$evaluators":' && cat "$parts/\\$evaluators.json"; } || return
  printf '}\\n'
}
build() {
  new=$(whole | sha256sum)
  if ! there || [ "$(sum_of "$file")" != "$new" ]; then
    note "$(cat "$sums")
$new"
    whole >"$file.new" && [ "$(sum_of "$file.new")" = "$new" ] && settled "$file.new" &&
      mv -fT "$file.new" "$file" && settled "$folder" || {
      rm -f "$file.new"
      fail "$file could not be written"
    }
  fi
  note "$new"
}
note() { # SUMS
  [ "$(cat "$sums")" = "$1" ] || printf '%s\\n' "$1" | put "$sums" || exit
}
finish() {
  if ours; then build; else override; fi
}
override() { # in seconds since 1970, and whose the file is
  set -- $(stat -c '%Y %U' "$file" 2>/dev/null)
  printf 'override %s %s\\n' "\${1:-?}" "\${2:-?}"
}
`;

/** Puts the flag in, or its new definition in the place of the old one. Done twice it is as once. */
export const applyProgram = `${shared}
begin() {
  mkdir -p "$parts" && settled "$folder" && printf '' >"$sums" && settled "$parts/" || fail "$parts could not be written"
}
[ -s definition.json ] || fail "$here has no definition of $name"
hold
if [ ! -e "$sums" ]; then
  ! there || fail "$file was not written by ship, and is never overwritten: give its flags to ship, then mv $file $file.old" 3
  begin
fi
[ "$(sum_of "$parts/$name.json")" = "$(sum_of definition.json)" ] || put "$parts/$name.json" <definition.json
finish
`;

/** Takes the flag out. Where ship wrote nothing there is nothing to do. */
export const removeProgram = `${shared}
[ -e "$sums" ] || exit 0
hold
rm -f "$parts/$name.json" && settled "$parts/" || fail "$parts/$name.json could not be removed"
finish
`;

/** Says whether somebody has edited the file by hand; changes nothing. */
export const stateProgram = `${shared}
if ! there; then echo missing
elif [ -e "$sums" ] && ours; then echo set
else override; fi
`;

/**
 * Says what an application reads there: a first line as the state's, then the file's text where somebody has edited it, else the
 * flag's own definition. Changes nothing; it is run as it stands here, in a release of any age.
 */
export const readProgram = `${shared}
if ! there; then echo missing
elif [ -e "$sums" ] && ours; then echo set && cat definition.json
else override && cat "$file"; fi
`;
