import type { Answer } from "../core/host.ts";
import { answerTo } from "./order.ts";
import { claims, prelude, signs } from "./prelude.ts";
import type { Asked, Site } from "./run.ts";

/** A beat that is late says nothing any more, ms. */
const within = 5_000;

/**
 * Short programs on the open connection and no long channel: what runs on a host goes on when ship is stopped (SIGSTOP) or
 * cut off, and a counter that it moved would say that somebody runs.
 */
export function beat(site: Site, { generation, run, text: says }: Asked<"beat">): Promise<Answer> {
  return answerTo(site, { words: { generation, run, says }, text: prelude + claims + signs + text, within });
}

const text = `
known || fail 'the record does not parse'
[ "$generation" -eq "$r_generation" ] && [ "$run" = "$r_run" ] || refuse stale
put_sign beat "$(date +%s)	$says" || fail 'the beat could not be written'
read_sign word
begin
say answer heard
say word "$sign"
end 0
`;
