import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import { signs } from "./prelude.ts";
import type { Asked, Site } from "./run.ts";

/**
 * Takes the host for a run; makes the tree where there is none. A newer run throws away what an older one was sending.
 * `.ship` is the login user's alone: logs and pages may quote what a service said.
 */
export function fence(site: Site, asked: Asked<"fence">): Promise<Answer> {
  const { rollout, expect } = asked;
  const { fleet = "", heeds = "" } = asked;
  const words = { rollout, expect, holder: oneLine(asked.holder), fleet, heeds };
  return order(site, asked.claim, { words, text: signs + text });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 500);
}

const text = `
whole=1
for folder in "$P/releases" "$P/shared" "$S/jobs" "$S/incoming" "$S/once" "$S/bad" "$S/proven" "$S/pages"; do
  [ -d "$folder" ] || whole=''
done
if [ -z "$whole" ]; then # the folder that is asked for last is made last, when the others are as they should be
  complaint=$( {
    mkdir -p "$S" && chmod 700 "$S" &&
      mkdir -p "$P/releases" "$P/shared" "$S/jobs" "$S/incoming" "$S/once" "$S/bad" "$S/proven" "$S/pages"
  } 2>&1) || fail 'the tree cannot be made' "$complaint"
fi
open_record
if [ "$c_generation" -eq "$r_generation" ] && [ "$c_run" = "$r_run" ]; then
  [ "$c_sequence" -gt "$r_sequence" ] || refuse stale
  r_sequence=$c_sequence
  done_
fi
[ "$c_generation" -gt "$r_generation" ] || refuse stale
[ "$expect" = "$r_generation.$r_run.$r_sequence.$r_attempt.$r_phase" ] || refuse moved
if [ "$heeds" = lock ]; then # one that was written after the look at the host
  read_sign closed
  [ -z "$sign" ] || refuse locked "$sign"
fi
if [ ! -s "$S/id" ]; then
  od -An -N16 -tx1 /dev/urandom | tr -d ' \\n' >"$S/id.new" && sync "$S/id.new" && mv -f "$S/id.new" "$S/id" ||
    fail 'the id could not be written'
fi
for part in "$S"/incoming/*; do # a whole archive is used again, by its digest
  case $part in *.tar.gz) ;; *) gone "$part" ;; esac
done
[ -z "$fleet" ] || { printf '%s\\n' "$fleet" >"$S/fleet.new" && mv -f "$S/fleet.new" "$S/fleet"; }
r_generation=$c_generation r_run=$c_run r_sequence=$c_sequence r_open=$rollout r_holder=$holder
done_
`;
