import { ShipError } from "../core/error.ts";
import { holderSaid, readHolder } from "../core/holder.ts";
import { duration } from "../core/words.ts";
import type { Attended } from "../engine/attend.ts";

/** Says who holds the component, from where, since when, and what can be done. */
export function refuseHeld({ runner, doing }: Held, component: string): never {
  const { rollout, holder } = runner;
  const last = doing === "" ? "" : ` It is ${doing}.`;
  throw new ShipError("locked", `Rollout ${rollout} of ${component} is running: ${placeOf(holder)}.${last}`, {
    hint: `Wait for it, stop it (ship pause, ship abort), or take over and put everything back: ship rollback -c ${component}`,
  });
}

type Held = Extract<Attended, { readonly type: "held" }>;

/** Its own clock says since when; the age is only for people, as two clocks are never compared to decide anything. */
function placeOf(text: string): string {
  const holder = readHolder(text);
  if (holder === undefined) return text;
  const age = Date.now() - Date.parse(holder.since);
  const old = age >= 0 ? `, ${duration(age)} ago` : "";
  return `${holderSaid(text)}${old}`;
}
