import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { atOnce, type Files, stateFolder } from "../changes/carried.ts";
import type { Component } from "../core/component.ts";
import { exits, ShipError } from "../core/error.ts";
import { versionOf } from "../core/release.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { deploy } from "./deploy.ts";
import type { Invocation } from "./index.ts";
import { requestOf } from "./request.ts";
import { type Opened, openFleet, type Session } from "./session.ts";

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

/** Opens the fleet for what is done, and closes it again. */
export async function withFleet<T>(
  session: Session,
  mode: "all" | "recovery",
  body: (opened: Opened) => Promise<T>,
): Promise<T> {
  const opened = await openFleet(session, mode);
  try {
    return await body(opened);
  } finally {
    await opened.close();
  }
}

/** A state of a flag or a rate, ready to be rolled out: the name of its version, and the files that it is made of. */
export type State = {
  readonly version: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
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
  const { config, component, targets } = opened;
  await writeState(join(config.root, stateFolder(component, version)), files);
  const policy: Component = how === "at-once" ? atOnce(component) : component;
  const { invocation } = session;
  const request = await requestOf({ ...invocation, options: { ...invocation.options, version } }, policy);
  const bent = { ...opened, component: policy, targets: { ...targets, component: policy } };
  const exit = await deploy(session, bent, request, how === "attend" ? "attend" : "take");
  if (how === "at-once" && exit === exits.done && invocation.options["dryRun"] !== true)
    await refuseLeftOut(bent, version);
  return exit;
}

/** In an emergency a host that could not be reached stops none of the others, and is not passed over either. */
async function refuseLeftOut({ world, targets, component }: Opened, version: string): Promise<void> {
  const seen = await glanceAtFleet(world, targets);
  const left = [...seen].filter(([, one]) => one.type !== "observed" || versionOf(one.observation.link) !== version);
  if (left.length === 0) return;
  throw new ShipError("stuck", `${component.name} is not ${version} on ${left.length} of ${seen.size} hosts.`, {
    details: left.map(([host, one]) => `${host}: ${one.type === "absent" ? one.reason : "it has another state"}`),
    hint: "Bring them back, then run the same command again.",
  });
}

/** Whole, by rename: what lies there from an earlier time was made of the same state. */
async function writeState(folder: string, files: Files): Promise<void> {
  const made = `${folder}.${process.pid}`;
  await mkdir(made, { recursive: true });
  for (const { name, text } of files) await writeFile(join(made, name), text);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await rename(made, folder);
}

/** The name that an action is about. */
export function nameOf({ invocation }: Session, action: string, known: readonly string[]): string {
  const name = invocation.arguments[1];
  if (name !== undefined) return name;
  throw new ShipError("usage", `Which ${invocation.command}?`, {
    hint: known.length === 0 ? `ship ${invocation.command} ${action} NAME` : `The config has ${known.join(", ")}.`,
  });
}
