import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

export function direct(site: Site, asked: Asked<"direct">): Promise<Answer> {
  return order(site, asked.claim, {
    words: { direction: asked.direction, bad: asked.bad },
    text,
  });
}

const text = `
take
r_direction=$direction
[ -n "$bad" ] || done_
{ true >"$S/bad/$bad"; } 2>/dev/null || fail 'the bad mark could not be written'
done_ "$S/bad"
`;
