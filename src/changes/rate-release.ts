import type { Files } from "./carried.ts";

/** What lies in a release of a rate: the number, and the programs that put it in its place and take it away. */
export function rateFiles(name: string, rate: number): Files {
  return [
    { name: "apply", text: apply },
    { name: "name", text: `${name}\n` },
    { name: "rate", text: `${rate}\n` },
    { name: "remove", text: remove },
    { name: "state", text: state },
  ];
}

/** They run in the release's folder: `<component's path>/.ship/rates/<name>/releases/<release>`. */
const places = `#!/bin/sh
here=$(pwd -P)
tree=\${here%/releases/*}
path=\${tree%/.ship/rates/*}
folder=$SHIP_RATES_FOLDER
case $folder in '{path}'*) folder=$path\${folder#'{path}'} ;; /*) ;; *) folder=$HOME/$folder ;; esac
read -r name <name
read -r rate <rate
file=$folder/$name
set -u
found() { # what stands there now
  found=''
  [ ! -r "$file" ] || IFS= read -r found <"$file" || :
}
is_override() { # is it none of the numbers that ship wrote last, or was about to write?
  found
  [ -e "$file" ] && [ "$found" != "$rate" ] && ! grep -qxF -e "$found" "$tree/applied" 2>/dev/null
}
note() { # NUMBER…: what is ship's own from now on
  printf '%s\\n' "$@" >"$tree/applied.new" && settled "$tree/applied.new" &&
    mv -f "$tree/applied.new" "$tree/applied" && settled "$tree"
}
override() { printf '%s %s\\n' "$(stat -c 'override %Y %U' "$file" 2>/dev/null || echo 'override ? ?')" "$found"; }
settled() { sync "$1" 2>/dev/null || sync; }
`;

/** A number that somebody wrote by hand is left alone. What is about to be written is noted before: a kill between the two leaves no false override. */
const apply = `${places}
if is_override; then override; exit 0; fi
mkdir -p "$folder" || exit
printf '%s\\n' "$rate" >"$file.new" && settled "$file.new" && note "$found" "$rate" &&
  mv -f "$file.new" "$file" && settled "$folder" && note "$rate" && exit
rm -f "$file.new" "$tree/applied.new"
exit 1
`;

const remove = `${places}
if is_override; then override; exit 0; fi
[ ! -e "$file" ] || { rm -f "$file" && settled "$folder"; } || exit
rm -f "$tree/applied" && settled "$tree"
`;

const state = `${places}
if is_override; then override
elif [ -e "$file" ]; then printf 'set %s\\n' "$found"
else echo missing; fi
`;
