import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

export function prove(site: Site, asked: Asked<"prove">): Promise<Answer> {
  return order(site, asked.claim, { words: { target: asked.target }, text });
}

const text = `
take
[ "$r_target" = "$target" ] || refuse attempt
[ "$r_phase" != proven ] || done_
[ "$r_phase" = confirmed ] || went_back
{ true >"$S/proven/$target"; } 2>/dev/null || fail 'the proof could not be written'
r_phase=proven
done_ "$S/proven"
`;
