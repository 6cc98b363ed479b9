import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { atOnce, type Files, stateFolder } from "../changes/carried.ts";
import type { Component } from "../core/component.ts";
import { exits, ShipError } from "../core/error.ts";
import { versionOf } from "../core/release.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { deploy } from "./deploy.ts";
import type { Invocation } from "./index.ts";
import { remeasure } from "./remeasure.ts";
import { overridesOf, requestOf } from "./request.ts";
import type { Opened, Session } from "./session.ts";
import { standing, tellStanding } from "./standing.ts";

/** The session of a command about a flag or a rate, as if its component had been named. */
export function about(
  session: Session,
  kind: "flag" | "rate",
  name: string,
  more: Invocation["options"] = {},
): Session {
  const { invocation } = session;
  const options = { ...invocation.options, ...more, component: `${kind}:${name}` };
  return { ...session, invocation: { ...invocation, options } };
}

/** A state of a flag or a rate, ready to be rolled out: the name of its version, and the files that it is made of. */
export type State = {
  readonly version: string;
  readonly files: Files;
};

/**
 * Rolls the state out like a version of a component. `how`: `attend` waits for nobody and is refused while somebody else is at
 * it; `take` takes over from whoever is; `at-once` does so too, on all hosts in one step.
 */
export async function change(
  session: Session,
  opened: Opened,
  { version, files }: State,
  how: "attend" | "take" | "at-once",
): Promise<number> {
  const { config, component, targets, world } = opened;
  await writeState(join(config.root, stateFolder(component, version)), files);
  const policy: Component = how === "at-once" ? atOnce(component) : component;
  const { invocation } = session;
  const typed = await requestOf({ ...invocation, options: { ...invocation.options, version } }, policy);
  const request = how === "at-once" ? { ...typed, adopt: true, retryBad: true, fixForward: true } : typed;
  let moved = false;
  const tell: typeof world.tell = (happening) => {
    moved ||= happening.type === "host.switched";
    world.tell(happening);
  };
  const bent = { ...opened, component: policy, targets: { ...targets, component: policy }, world: { ...world, tell } };
  const roll = () =>
    deploy(session, bent, request, { mode: how === "attend" ? "attend" : "take", overrides: overridesOf(typed) });
  let exit = await roll();
  // Whoever was at it had its hosts in hand while they were taken over; from now on they refuse it.
  for (let time = 1; how !== "attend" && time < tries && (exit === exits.refused || exit === exits.locked); time += 1)
    exit = await roll();
  // What waits for nobody may go on under a rollout of the same service.
  if (how !== "attend" && moved) await remeasure(session, opened, `${component.name} is ${version}`);
  if (how === "at-once" && exit === exits.done && invocation.options["dryRun"] !== true)
    await refuseLeftOut(bent, version);
  else await tellStanding(session, opened);
  return exit;
}

/** How often a rollout that is still at work is taken over from: each try shuts it out of more of its hosts. */
const tries = 5;

/** In an emergency a host that could not be reached stops none of the others, and is not passed over either. */
async function refuseLeftOut(opened: Opened, version: string): Promise<void> {
  const { world, targets, component, doubtful } = opened;
  const [seen, found] = await Promise.all([glanceAtFleet(world, targets), standing(opened)]);
  const other = new Map(found.map(({ host, state, said }) => [host, state === "as written" ? "" : said]));
  const left = [...seen].flatMap(([host, one]) => {
    const why =
      one.type === "absent" ? one.reason : versionOf(one.observation.link) === version ? other.get(host) : astray;
    return why === undefined || why === "" ? [] : [`${host}: ${why}`];
  });
  if (left.length > 0)
    throw new ShipError("stuck", `${component.name} is not ${version} on ${left.length} of ${seen.size} hosts.`, {
      details: left,
      hint: "Mend that there, or bring them back; then run the same command again.",
    });
  if (doubtful.length > 0)
    throw new ShipError("stuck", `Hosts of ${doubtful.join(", ")} may have another state: they are not known.`, {
      hint: "Mend the inventory, or write the hosts into the cohort's file, then run the same command again.",
    });
}

const astray = "it has another state";

/** Whole, by rename: what lies there from an earlier time was made of the same state. */
export async function writeState(folder: string, files: Files): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  for (const { name, text } of files) await writeFile(join(made, name), text);
  await rm(folder, { recursive: true, force: true });
  await rename(made, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(made, { recursive: true, force: true });
    // Somebody else on this machine made the same state at the same time.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

/** The name that an action is about. */
export function nameOf({ invocation }: Session, action: string): string {
  const name = invocation.arguments[1];
  if (name !== undefined) return name;
  throw new ShipError("usage", `Which ${invocation.command}?`, { hint: `ship ${invocation.command} ${action} NAME` });
}

type Act = (session: Session) => Promise<number>;

/** Does what the first word after the command says. */
export function act({ invocation }: Session, actions: Readonly<Record<string, Act>>, usual: string): Act {
  const [action = ""] = invocation.arguments;
  const found = Object.entries(actions).find(([name]) => name === action)?.[1];
  if (found !== undefined) return found;
  const known = Object.keys(actions).join(", ");
  const message = `ship ${invocation.command} takes ${known}, not ${JSON.stringify(action)}.`;
  throw new ShipError("usage", message, { hint: `ship ${invocation.command} ${usual}` });
}
