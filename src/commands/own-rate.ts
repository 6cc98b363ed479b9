import { randomInt } from "node:crypto";
import { nearest } from "../config/nearest.ts";
import { byteRate } from "../config/scalars.ts";
import { exits, ShipError } from "../core/error.ts";
import { amountSaid, type OwnRate, ownRates } from "../core/pace.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { type Said, type Setting, say } from "../engine/say.ts";
import { byHere, livesHere } from "./identity.ts";
import { type Opened, type Session, text, withFleet } from "./session.ts";
import { tellOf } from "./steer.ts";

/** ship's own rates are those of whichever rollout runs: no config declares them. */
export function isOwn(name: string): boolean {
  return name.startsWith("ship.");
}

/** As `ship rate list` shows them. */
export const ownRows: readonly (readonly string[])[] = [
  ["ship.width", "of a rollout that runs", "default max_unavailable", "hosts in hand at once; 0 pauses"],
  ["ship.hosts_per_minute", "of a rollout that runs", "no default", "hosts started a minute; 0 pauses"],
  ["ship.bandwidth", "of a rollout that runs", "default ssh.bandwidth", "such as 10MB/s; 0 pauses"],
];

/** Sets it in the rollout that runs, from anywhere, by a word on its hosts. */
export function setOwn(session: Session, name: string): Promise<number> {
  refuseOptions(session, name);
  const rate = rateNamed(name);
  const set = { rate, value: valueTyped(rate, session.invocation.arguments[2]) };
  return withFleet(session, "recovery", (opened) => tellIt(session, opened, set));
}

/** What is said to a rollout is said to the whole of it, and at once. */
function refuseOptions({ invocation: { options } }: Session, name: string): void {
  const unfit = ["to", "onlyHosts", "skipHosts", "onFailure", "timeout", "adopt", "retryBad", "fixForward", "dryRun"];
  const isGiven = (value: unknown) =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const given = unfit.filter((option) => isGiven(options[option]));
  if (given.length === 0) return;
  const typed = given.map((option) => `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new ShipError("usage", `${name} takes no ${typed.join(", ")}.`, {
    hint: "It is set in the whole rollout that runs, at once; it takes -c NAME and --reason TEXT.",
  });
}

function rateNamed(name: string): OwnRate {
  const rate = ownRates.find((one) => `ship.${one}` === name);
  if (rate !== undefined) return rate;
  const names = ownRates.map((one) => `ship.${one}`);
  const near = nearest(name, names);
  throw new ShipError("usage", `ship has no rate ${JSON.stringify(name)} of its own.`, {
    hint: near === undefined ? `It has ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}

function valueTyped(rate: OwnRate, typed: string | undefined): number {
  if (typed === undefined)
    throw new ShipError("usage", "Which number?", { hint: `ship rate set ship.${rate} NUMBER; 0 pauses the rollout.` });
  if (typed === "0") return 0;
  return rate === "bandwidth" ? bytesTyped(typed) : hostsTyped(typed);
}

function bytesTyped(typed: string): number {
  const parsed = byteRate({ description: "", examples: [] }).safeParse(typed);
  if (parsed.success) return Math.round(parsed.data);
  const why = parsed.error.issues[0]?.message ?? "this is not a rate";
  throw new ShipError("usage", `ship.bandwidth cannot be ${JSON.stringify(typed)}: ${why}.`, {
    hint: "Write a rate such as 10MB/s or 500KB/s; 0 pauses the rollout.",
  });
}

function hostsTyped(typed: string): number {
  if (/^[1-9]\d{0,5}$/.test(typed)) return Number(typed);
  throw new ShipError("usage", `${JSON.stringify(typed)} is no number of hosts.`, {
    hint: "Write a whole number such as 3; 0 pauses the rollout.",
  });
}

async function tellIt(session: Session, { component, targets, world }: Opened, set: Setting): Promise<number> {
  const why = text(session.invocation.options["reason"]) ?? "";
  const seen = await glanceAtFleet(world, targets);
  const saying = { word: "rate", by: byHere(), why, nonce: randomInt(1_000), set } as const;
  const said = await say(world, targets, { seen, saying, livesHere });
  tellOf(session, component.name, saying, said);
  return exitOf(component.name, set, said);
}

/** Where nobody runs it, a stop is there already, and a number waits on the hosts for whoever goes on. */
function exitOf(component: string, { rate, value }: Setting, said: Said): number {
  const amount = amountSaid(`ship.${rate}`, value);
  switch (said.type) {
    case "taken":
      return exits.done;
    case "nothing":
      return nothing(component, rate, value);
    case "vain":
      throw new ShipError("refused", `${amount} changes nothing in rollout ${said.rollout}: it is ${said.doing}.`, {
        hint: `See what it does: ship status -c ${component}`,
      });
    case "unheard":
      if (said.silent === undefined) return exits.done;
      throw new ShipError(
        "unreachable",
        `${amount} was not taken: the runner of ${said.rollout} gave no sign of life.`,
        {
          hint: value === 0 ? `If it wakes up, it goes on. To shut it out: ship abort -c ${component}` : heldHint,
        },
      );
    case "unclear":
    case "unsaid":
      throw new ShipError("unreachable", `No host that rollout ${said.rollout} holds could be told.`);
  }
}

const heldHint =
  "It lies on the hosts: if the runner wakes up, it takes it, and so does whoever goes on with the rollout.";

const inConfig: Readonly<Record<OwnRate, string>> = {
  width: "For later rollouts it stands in the config: max_unavailable.",
  hosts_per_minute: "Set it when a rollout runs.",
  bandwidth: "For later rollouts it stands in the config: ssh: { bandwidth: 10MB/s }.",
};

function nothing(component: string, rate: OwnRate, value: number): number {
  if (value === 0) return exits.done;
  throw new ShipError(
    "usage",
    `No rollout of ${component} is open: there is nothing that ship.${rate} could hold for.`,
    {
      hint: inConfig[rate],
    },
  );
}
