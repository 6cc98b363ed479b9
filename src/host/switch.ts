import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** Makes the target live: the link first, as it is the truth; the lease covers what a cut leaves between the two. */
export function switchTo(site: Site, asked: Asked<"switch">): Promise<Answer> {
  return order(site, asked.claim, { words: { attempt: asked.attempt }, text });
}

const text = `
take
in_phase "$attempt" armed switched
point "$r_target" 2>/dev/null || complaint=$(point "$r_target" 2>&1) || fail 'the current link could not be switched' "$complaint"
r_phase=switched r_current=$r_target
done_ "$P"
`;
