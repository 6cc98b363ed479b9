import { randomBytes } from "node:crypto";
import { join } from "node:path";
import chalk from "chalk";
import { changeOf } from "../changes/index.ts";
import { placesOf } from "../changes/joined.ts";
import { complaintText } from "../config/complaint.ts";
import { type Config, loadConfig } from "../config/load.ts";
import type { Component } from "../core/component.ts";
import { exits, ShipError } from "../core/error.ts";
import type { Happening } from "../core/event.ts";
import type { Fleet, Host } from "../core/fleet.ts";
import type { Route } from "../core/route.ts";
import { type Targets, targetsOf, type World } from "../engine/world.ts";
import { chooseOutput, type OutputName } from "../report/choose.ts";
import { outputs } from "../report/index.ts";
import type { Output } from "../report/reporter.ts";
import { clock } from "./clock.ts";
import type { Invocation } from "./index.ts";
import { lazyHosts } from "./lazy-hosts.ts";
import { onServers } from "./on-servers.ts";
import { processOutput } from "./output.ts";
import { recoverHosts } from "./recover.ts";
import { cleanError, keepSecrets, type Secrets, withCleanPages } from "./secret.ts";
import { endWhenIdle, onSignal } from "./signals.ts";
import { openTelling, type Telling } from "./telling.ts";
import { localTrouble } from "./trouble.ts";
import { uplinkOf } from "./uplink.ts";

/** What every command runs in: where events go, and how it ends. */
export type Session = {
  readonly invocation: Invocation;
  readonly output: Output & { readonly isTTY: boolean };
  readonly view: OutputName;
  readonly tell: Telling["tell"];
  readonly enter: Telling["enter"];
  readonly turn: Telling["turn"];
  /** Values that are never shown or written, and names that always are. */
  readonly hide: Secrets["hide"];
  /** Strikes those values out of what is written elsewhere than in an event. */
  readonly clean: Secrets["clean"];
};

/** Runs a command's body with a session, and turns whatever it ends in into text, a last event and an exit code. */
export async function inSession(invocation: Invocation, body: (session: Session) => Promise<number>): Promise<number> {
  const color = invocation.options["color"] !== false && chalk.level > 0;
  const secrets = keepSecrets();
  const isText = invocation.options["json"] !== true;
  const output = processOutput(color, (text) => (isText ? secrets.cleanText(text) : text));
  const view = viewOf(invocation, output);
  const open = () => outputs[view].open(output, invocation.options["verbose"] === true);
  const { tell, enter, turn, end, rolling } = await openTelling({ open, output, secrets });
  const { hide, clean } = secrets;
  const session: Session = { invocation, output, view, tell, enter, turn, hide, clean };
  const finish = async (code: number) => {
    session.tell({ type: "command.ended", command: invocation.command, exit: code });
    await end();
  };
  const forget = endWhenIdle(async (signal) => {
    session.tell(stoppedBy(signal));
    await finish(exits.interrupted);
  });
  let exit: number = exits.bug;
  try {
    exit = await body(session);
  } catch (thrown) {
    const error = rolling() ? thrown : localTrouble(thrown);
    if (!(error instanceof ShipError)) throw cleanError(error, secrets);
    exit = exits[error.code];
    session.tell({
      type: "command.failed",
      outcome: error.code,
      message: error.message,
      hint: error.hint,
      details: error.details,
    });
  } finally {
    forget();
    await finish(exit);
  }
  return exit;
}

function stoppedBy(signal: string): Happening {
  return {
    type: "command.failed",
    outcome: "interrupted",
    message: `Stopped by ${signal}. Nothing was being changed.`,
    hint: "Run the same command again.",
    details: [],
  };
}

function viewOf({ options }: Invocation, output: { readonly isTTY: boolean; readonly columns: number }): OutputName {
  const asked = options["output"];
  return chooseOutput({
    asked: asked === "tty" || asked === "plain" || asked === "github" ? asked : undefined,
    json: options["json"] === true,
    isTTY: output.isTTY,
    columns: output.columns,
    env: process.env,
  });
}

/** A component's fleet, opened: everything that a command needs to look at it or change it. */
export type Opened = {
  readonly config: Config;
  readonly component: Component;
  /** The config's fleet as the component sees it: a server with two of its services is two places. */
  readonly fleet: Fleet;
  readonly targets: Targets;
  readonly world: World;
  readonly journals: string;
  /** Cohorts of which some hosts may not be known. */
  readonly doubtful: readonly string[];
  /** How each host that was asked so far is reached. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly close: () => Promise<void>;
};

/** `recovery` overlooks complaints that a recovery does not need. */
type Mode = "all" | "recovery";

/** Reads the config and opens the way to the hosts. */
export async function openFleet(session: Session, mode: Mode): Promise<Opened> {
  const { config: read, component: known } = await openConfig(session, mode);
  const { config, doubtful } = await recoverHosts(session, read, known);
  const component = changeOf(known.name, config) ?? known;
  const routes = new Map<string, Route>();
  const uplink = uplinkOf(config.ssh);
  const met = (host: Host, route: Route) => routes.set(host.name, route);
  const open = async () => (await import("./transport.ts")).openTransport(config, component, { met, uplink });
  // The sandbox brings the versions that it ships, so it has to be there before one is looked for.
  const { hosts, close } = config.ssh.transport === "sandbox" ? await open() : lazyHosts(open);
  const fleet = placesOf(component, config.fleet);
  const targets = targetsOf(component, fleet);
  const clean = withCleanPages(onServers(hosts), session.clean);
  const { sent, throttle } = uplink;
  const world: World = { hosts: clean, clock, sent, throttle, tell: session.tell, onSignal };
  const journals = join(config.root, ".ship", "rollouts");
  return { config, component, fleet, targets, world, journals, doubtful, routes, close };
}

/** Opens it for what is done with it, and closes it again. */
export async function withFleet<T>(session: Session, mode: Mode, body: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = await openFleet(session, mode);
  try {
    return await body(opened);
  } finally {
    await opened.close();
  }
}

/** The config and the component that the command is about. */
export async function openConfig(session: Session, mode: Mode): Promise<{ config: Config; component: Component }> {
  const { options } = session.invocation;
  const named = text(options["component"]);
  const config = await readConfig(session, mode, { file: text(options["config"]), component: named });
  return { config, component: pick(config, named) };
}

/** Reads a config; its complaints end the command. */
export async function readConfig(
  session: Session,
  mode: Mode,
  { file, component }: { readonly file: string | undefined; readonly component: string | undefined },
): Promise<Config> {
  const loaded = await loadConfig({
    file,
    cwd: process.cwd(),
    env: process.env,
    mode,
    ...(component === undefined ? {} : { only: { component } }),
  });
  if (loaded.type === "complaints") {
    const count = loaded.complaints.length;
    throw new ShipError("usage", `The config has ${count === 1 ? "a mistake" : `${count} mistakes`}.`, {
      details: loaded.complaints.map(complaintText),
      hint: "`ship explain KEY` tells what a key takes.",
    });
  }
  for (const warning of loaded.warnings)
    session.tell({ type: "warned", text: complaintText(warning), hint: undefined });
  session.hide(loaded.config.secrets, shownNames(session, loaded.config));
  return loaded.config;
}

/** They stand in every report. */
function shownNames({ invocation }: Session, { fleet, components }: Config): readonly string[] {
  const asked = ["version", "toVersion"].flatMap((name) => text(invocation.options[name]) ?? []);
  const hosts = fleet.cohorts.flatMap((cohort) => [cohort.name, ...cohort.hosts.map((host) => host.name)]);
  return [...asked, ...hosts, ...components.keys()];
}

function pick(config: Config, named: string | undefined): Component {
  const names = [...config.components.keys()];
  const only = names.length === 1 ? names[0] : undefined;
  const name = named ?? only;
  const component = name === undefined ? undefined : changeOf(name, config);
  if (component !== undefined) return component;
  const known = `The config has ${names.join(", ")}.`;
  if (named === undefined) throw new ShipError("usage", "Which component?", { hint: `Say --component NAME. ${known}` });
  throw new ShipError("usage", `There is no component ${JSON.stringify(named)}.`, { hint: known });
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** An id that sorts by time: `20261121-223000-4f1c`. */
export function rolloutId(now: Date): string {
  return `${rolloutStamp(now)}-${randomBytes(2).toString("hex")}`;
}

/** What every rollout's id begins with. */
export function rolloutStamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
