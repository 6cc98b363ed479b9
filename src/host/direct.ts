import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

export function direct(site: Site, asked: Asked<"direct">): Promise<Answer> {
  return order(site, asked.claim, {
    words: { direction: asked.direction },
    text: "take\nr_direction=$direction\ndone_\n",
  });
}
