import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** Ends the lease of this try; the watchdog sees it and goes. */
export function confirm(site: Site, asked: Asked<"confirm">): Promise<Answer> {
  return order(site, asked.claim, { words: { rollout: asked.rollout, attempt: asked.attempt }, text });
}

const text = `
take
[ "$rollout" = "$r_rollout" ] || refuse attempt
in_phase "$attempt" switched confirmed proven
[ "$r_phase" != switched ] || r_phase=confirmed
done_
`;
