import type { Answer } from "../core/host.ts";
import { jobOrder } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/**
 * Its success is marked on the host, so that it never runs twice; a failed step may be tried again by another run. One that
 * a vanished run left at work is waited for: two migrations at once are worse than none.
 */
export function once(site: Site, asked: Asked<"once">): Promise<Answer> {
  const { release, index, run } = asked;
  const words = { release, index, run, seconds: Math.max(1, Math.ceil(asked.within / 1000)) };
  return jobOrder(site, asked.claim, { words, text });
}

const text = `
take
placed "$release" || refuse missing "release $release is not on the disk"
marker=$S/once/$release-$index
[ ! -e "$marker" ] || done_
for file in "$S"/jobs/once-*.pid; do
  J=\${file%.pid}
  case $J in *"-$c_run") continue ;; esac
  ! ended "$J" && alive "$file" || continue
  save || fail 'the record could not be written'
  unlock
  await
  begin; say answer running; end 0
done
[ ! -e "$marker" ] || done_ # one that ended while it was looked for
perform "once-$release-$index-$c_run" "$release" "$run" "$seconds" 0 "$marker"
`;
