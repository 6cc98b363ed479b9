/**
 * What every program on a host begins with: where it is, how it answers, what it knows. Set before: P (the component's
 * path), N (the nonce), H and C (names of host and component). The record is read, never sourced: a damaged one is seen.
 * PATH keeps what the login gave, but for what depends on the folder that a command happens to run in.
 */
export const prelude = `
umask 022
unset CDPATH
IFS=: sound=''
set -f
for dir in $PATH; do case $dir in /*) sound=$sound$dir: ;; esac; done
set +f
unset IFS
PATH=\${sound}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
cd "$HOME" 2>/dev/null || cd /
case $P in /*) ;; *) P=$PWD/$P ;; esac
S=$P/.ship
keys='generation run sequence rollout attempt phase direction current target good open holder'

begin() { printf '\\nship %s begin\\n' "$N"; }
say() { printf '%s %s\\n' "$1" "$2"; }
end() { printf '\\nship %s end %s\\n' "$N" "$1"; exit 0; }
fail() { # SENTENCE [LOG]
  begin; say answer failed; say detail "$1"
  printf 'body\\n%s' "$2"
  end 0
}
tell_record() { for key in $keys; do eval "say $key \\"\\$r_$key\\""; done; }

known() { # the record into r_…, a blank one when there is none; false, with broken saying why, when it cannot be read
  broken=''
  r_generation=0 r_run='' r_sequence=0 r_rollout='' r_attempt=0 r_phase=idle r_direction=forward
  r_current='' r_target='' r_good='' r_open='' r_holder=''
  [ -e "$S/record" ] || return 0
  found=0 broken='the record does not parse'
  while IFS= read -r line; do
    key=\${line%%=*} value=\${line#*=\\'}
    case " $keys " in
      *" $key "*) ;;
      *) case $line in [a-z]*"='"*\\') broken=$newer; continue ;; *) return 1 ;; esac ;;
    esac
    case $line in "$key='"*\\') eval "r_$key=\\\${value%\\'}"; found=$((found + 1)) ;; esac
  done <"$S/record" || return 1
  for value in "$r_generation" "$r_sequence" "$r_attempt"; do case $value in '' | *[!0-9]*) return 1 ;; esac; done
  case $r_phase in idle | armed | switched | confirmed | proven | reverting | reverted | revert-failed) ;; *) return 1 ;; esac
  [ "$found" -eq 12 ] && [ "$broken" != "$newer" ] && broken=''
}
newer='the record was written by a newer ship'

gone() { # FILE…: removes them; nothing is started where there is none of them
  for one in "$@"; do
    if [ -e "$one" ] || [ -h "$one" ]; then rm -rf "$@"; return; fi
  done
}
located() { # PROGRAM: its whole path into spot
  spot=$1
  IFS=:
  set -f
  for dir in $PATH; do if [ -f "$dir/$1" ] && [ -x "$dir/$1" ]; then spot=$dir/$1; break; fi; done
  set +f
  unset IFS
}

placed() { [ -n "$1" ] && [ -d "$P/releases/$1" ] && [ -e "$P/releases/$1.json" ]; }

linked() { # the live release into link, why it is not ship's into foreign; then link fits no name
  link='' foreign=''
  if [ -h "$P/current" ]; then link=$(readlink "$P/current")
  elif [ -e "$P/current" ]; then link=/ foreign='current is not a link'; return
  else return; fi
  case $link in
    releases/*/* | releases/) foreign="current points at $link"; link=/ ;;
    releases/*) link=\${link#releases/}; placed "$link" || foreign="current points at $link, which has no manifest" ;;
    *) foreign="current points at $link"; link=/ ;;
  esac
}

list() { # every complete release into listed, oldest first; those that ship did not place come before, by their time
  listed=' ' others=''
  if [ -e "$S/order" ]; then
    while read -r one; do ! placed "$one" || listed="$listed$one "; done <"$S/order"
  fi
  for one in "$P"/releases/*.json; do # mostly there is none of them, and nobody has to ask for times
    is_other "$one" || continue
    for file in $(cd "$P/releases" && ls -tr); do ! is_other "$file" || others="$others $one"; done
    break
  done
  listed=$others$listed
}
is_other() { # MANIFEST
  one=\${1##*/}
  case $one in *[!A-Za-z0-9._+-]*) return 1 ;; *.json) one=\${one%.json} ;; *) return 1 ;; esac
  case $listed in *" $one "*) return 1 ;; esac
  placed "$one"
}

manifest() { # a release's manifest into m_…
  m_version='' m_activate='' m_activate_within=60 m_deactivate='' m_drain='' m_drain_for=0 m_undrain=''
  [ ! -r "$P/releases/$1.sh" ] || . "$P/releases/$1.sh"
}

enter() { # RELEASE: into its folder, with all that its commands see; for a subshell, as the environment may hold any name
  manifest "$1"
  SHIP_COMPONENT=$C SHIP_VERSION=$m_version SHIP_RELEASE=$1 SHIP_PATH=$P SHIP_RELEASE_PATH=$P/releases/$1 SHIP_HOST=$H
  export SHIP_COMPONENT SHIP_VERSION SHIP_RELEASE SHIP_PATH SHIP_RELEASE_PATH SHIP_HOST
  unset LC_ALL
  cd "$P/releases/$1" || return
  [ ! -r "$P/releases/$1.env" ] || . "$P/releases/$1.env"
}
`;

/**
 * What an order adds: the lock, the claim, the record's one-shot replacement. Set before: c_generation, c_run,
 * c_sequence. An order that is fresh takes its sequence even when it is refused, so that a late copy stays out.
 */
export const claims = `
fresh=''
lock() { # for milliseconds; whatever is started must close it (9>&-). busybox knows no flock -w, and its timeout lingers
  { command exec 9>>"$S/lock"; } 2>/dev/null || return # a bare exec that fails ends the shell
  turn=0
  until flock -n 9; do
    turn=$((turn + 1))
    [ "$turn" -lt 200 ] || { unlock; return 1; }
    sleep 0.05 2>/dev/null || sleep 1
  done
}
unlock() { exec 9>&-; }

save() { # [FOLDER]: the record in one shot, durable when this returns, and before it what happened in that folder
  text=''
  for key in $keys; do eval "value=\\$r_$key"; text="$text$key='$value'
"; done
  printf '%s' "$text" >"$S/record.new" && synced "$@" && mv -f "$S/record.new" "$S/record" || return
  settled "$S"
}
synced() { # [FOLDER]; some file systems sync no folder alone. An error of the disk is told once: what failed is written anew
  if [ $# -eq 0 ]; then sync "$S/record.new"; return; fi
  sync "$S/record.new" "$@" 2>/dev/null && return
  printf '%s' "$text" >"$S/record.new" && sync "$S/record.new" && settled "$@"
}
settled() { sync "$1" 2>/dev/null || sync; }

done_() { save "$@" || fail 'the record could not be written'; answer_done; }
answer_done() { begin; say answer done; tell_record; end 0; }
refuse() { # CAUSE [DETAIL]
  [ -z "$fresh" ] || save || fail 'the record could not be written'
  begin; say answer refused; say cause "$1"; say detail "$2"; tell_record; end 0
}

open_record() {
  command -v flock >/dev/null || { known; refuse tools 'flock is not installed'; }
  lock || fail 'the lock could not be taken'
  known || fail "$broken"
}
take() {
  if [ -d "$S" ]; then open_record; else known; fi
  [ "$c_generation" -eq "$r_generation" ] && [ "$c_run" = "$r_run" ] || refuse stale
  [ "$c_sequence" -gt "$r_sequence" ] || refuse stale
  r_sequence=$c_sequence fresh=1
}

lease_over() { [ -e "$S/jobs/$1-revert.lease" ]; } # ATTEMPT: written by its watchdog, where the record cannot be too
in_phase() { # ATTEMPT PHASE…
  [ "$1" -eq "$r_attempt" ] || refuse attempt
  case $r_phase in armed | switched) ! lease_over "$1" || refuse reverted ;; esac
  shift
  for phase in "$@"; do [ "$r_phase" != "$phase" ] || return 0; done
  went_back
}
went_back() { case $r_phase in reverting | reverted | revert-failed) refuse reverted ;; *) refuse phase ;; esac; }

point() { # the current link, by rename; an empty name removes it. To be settled
  if [ -z "$1" ]; then rm -f "$P/current"
  else
    gone "$S/current.new"
    ln -s "releases/$1" "$S/current.new" && mv -fT "$S/current.new" "$P/current"
  fi
}
`;

/** Signs: one line each, in files beside the record. A write is whole or not at all, and two at a time do not mix. */
export const signs = `
read_sign() { # NAME: its line into sign
  sign=''
  [ ! -r "$S/$1" ] || IFS= read -r sign <"$S/$1" || :
}
put_sign() { # NAME LINE: an empty line takes it away
  if [ -z "$2" ]; then rm -f "$S/$1"
  else printf '%s\\n' "$2" >"$S/$1.$$" && mv -f "$S/$1.$$" "$S/$1" || { rm -f "$S/$1.$$"; return 1; }
  fi
}
`;
