import { randomInt } from "node:crypto";
import { glanceAtFleet } from "../engine/observe.ts";
import { say } from "../engine/say.ts";
import type { Targets } from "../engine/world.ts";
import { quiet, targetsBeside, witnessesOf } from "./besides.ts";
import { byHere, livesHere } from "./identity.ts";
import type { Opened, Session } from "./session.ts";
import { tellOf } from "./steer.ts";

/**
 * Something changed under the rollouts of the same service: whoever runs one of them is told by a word on its hosts, so that
 * evidence from before is not compared with evidence after.
 */
export async function remeasure(session: Session, opened: Opened, why: string): Promise<void> {
  await Promise.all(targetsBeside(opened).map((other) => tell(session, opened, quiet(witnessesOf(other)), why)));
}

async function tell(session: Session, { world }: Opened, targets: Targets, why: string): Promise<void> {
  const seen = await glanceAtFleet(world, targets);
  const saying = { word: "remeasure", by: byHere(), why, nonce: randomInt(1_000) } as const;
  const said = await say(world, targets, { seen, saying, livesHere });
  const isSilent = said.type === "unheard" && said.silent !== undefined;
  if (said.type === "taken" || isSilent) tellOf(session, targets.component.name, saying, said);
}
