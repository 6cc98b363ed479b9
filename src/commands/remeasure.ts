import { randomInt } from "node:crypto";
import { besides } from "../changes/index.ts";
import { byName, witnesses } from "../core/runner.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { say } from "../engine/say.ts";
import type { Targets } from "../engine/world.ts";
import { byHere, livesHere } from "./identity.ts";
import type { Opened, Session } from "./session.ts";
import { tellOf } from "./steer.ts";

/**
 * Something changed under the rollouts of the same service: whoever runs one of them is told by a word on its hosts, so that
 * evidence from before is not compared with evidence after.
 */
export async function remeasure(session: Session, opened: Opened, why: string): Promise<void> {
  const { config, component, targets } = opened;
  const first = [...targets.hosts].sort(([a], [b]) => byName(a, b)).slice(0, witnesses);
  const others = besides(component, config.components, config.declared);
  await Promise.all(others.map((other) => tell(session, opened, { component: other, hosts: new Map(first) }, why)));
}

async function tell(session: Session, { world }: Opened, targets: Targets, why: string): Promise<void> {
  const seen = await glanceAtFleet(world, targets);
  const saying = { word: "remeasure", by: byHere(), why, nonce: randomInt(1_000) } as const;
  const said = await say(world, targets, { seen, saying, livesHere });
  const isSilent = said.type === "unheard" && said.silent !== undefined;
  if (said.type === "taken" || isSilent) tellOf(session, targets.component.name, saying, said);
}
