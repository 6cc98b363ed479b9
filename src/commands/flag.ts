import { readFile } from "node:fs/promises";
import { readAudience } from "../config/audience.ts";
import { exits, ShipError } from "../core/error.ts";
import { type FlagPolicy, type FlagState, usualKey } from "../core/flag.ts";
import { type Audience, audienceOfIds } from "../core/flag-audience.ts";
import { type FlagComplaint, policyComplaint, readPercent, stateComplaint } from "../core/flag-check.ts";
import { stateText } from "../core/flag-words.ts";
import { safe } from "../report/safe.ts";
import { about, act, change, nameOf } from "./change.ts";
import { showEvaluated } from "./evaluated.ts";
import { flagFiles } from "./flag-files.ts";
import { listFlags } from "./flag-list.ts";
import { tellDropped } from "./flag-now.ts";
import type { Invocation } from "./index.ts";
import { patterns } from "./request.ts";
import { inSession, type Opened, type Session, text, withFleet } from "./session.ts";
import { tellStanding } from "./standing.ts";
import { showStatus } from "./status.ts";

const actions = { on, off, set, status, list: listFlags } as const;

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, (session) => act(session, actions, "on NAME")(session));
}

/** The variant named on, or the only one that is not the default. */
async function on(session: Session): Promise<number> {
  return roll(session, "on", ({ variants, default: usual }) => {
    const others = Object.keys(variants).filter((name) => name !== usual);
    const variant = others.includes("on") ? "on" : others.length === 1 ? others[0] : undefined;
    if (variant !== undefined) return variant;
    throw new ShipError("usage", "Which variant?", { hint: `Say ship flag set NAME --variant ${others.join("|")}.` });
  });
}

async function set(session: Session): Promise<number> {
  const variant = text(session.invocation.options["variant"]);
  return roll(session, "set", ({ variants }) => {
    if (variant !== undefined) return variant;
    throw new ShipError("usage", "Which variant?", { hint: `--variant ${Object.keys(variants).join("|")}` });
  });
}

/** Through the cohorts, judged; `--now` on all hosts in one step. */
async function roll(session: Session, action: string, variant: (policy: FlagPolicy) => string): Promise<number> {
  const name = nameOf(session, action);
  const now = session.invocation.options["now"] === true;
  return withFleet(about(session, "flag", name), "all", async (opened) => {
    const policy = policyOf(opened, name);
    const state = await stateOf(session, variant(policy));
    return carry(session, opened, { policy, state, how: now ? "at-once" : "attend" });
  });
}

/** Back to the default for everybody, on all hosts in one step: it waits for nobody and asks for nothing but the hosts. */
async function off(session: Session): Promise<number> {
  const name = nameOf(session, "off");
  const flag = about(session, "flag", name, { now: true, reason: text(session.invocation.options["reason"]) ?? "off" });
  return withFleet(flag, "recovery", async (opened) => {
    const policy = policyOf(opened, name);
    const state = { variant: policy.default, percent: undefined, for: [], key: usualKey };
    return carry(flag, opened, { policy, state, how: "at-once" });
  });
}

type Carried = {
  readonly policy: FlagPolicy;
  readonly state: FlagState;
  readonly how: "attend" | "at-once";
};

async function carry(session: Session, opened: Opened, { policy, state, how }: Carried): Promise<number> {
  const wrong = policyComplaint(policy) ?? stateComplaint(policy, state);
  if (wrong !== undefined) throw refused(wrong);
  const made = flagFiles(policy, state);
  if (made.type === "complaint") throw refused(made);
  if (session.view !== "json") session.output.write(`${policy.name}: ${safe(stateText(state), 300)}\n`);
  if (session.invocation.options["offline"] !== true) await tellDropped(session, opened, state);
  return change(session, opened, made, how);
}

function policyOf({ config }: Opened, name: string): FlagPolicy {
  const policy = config.declared.flags.get(name);
  if (policy === undefined) throw new Error(`the flag ${name} was found and is not there`);
  return policy;
}

async function stateOf(session: Session, variant: string): Promise<FlagState> {
  const { options } = session.invocation;
  const share = text(options["percent"]);
  const percent = share === undefined ? undefined : readPercent(share);
  if (typeof percent === "object") throw refused(percent);
  const named = patterns(options["for"]).map(audienceOf);
  const listed = await Promise.all(patterns(options["forFile"]).map(audienceIn));
  return { variant, percent, for: [...named, ...listed], key: text(options["by"]) ?? usualKey };
}

function audienceOf(written: string): Audience {
  const read = readAudience(written);
  if (read.type === "ok") return read.audience;
  throw new ShipError("usage", `--for ${JSON.stringify(written)}: ${read.message} (character ${read.column}).`, {
    hint: `Expected there: ${read.expected}`,
  });
}

/** `ids.txt`, or `app=ids.txt` for the values of another field than the usual key. */
async function audienceIn(written: string): Promise<Audience> {
  const [, field = usualKey, file = ""] = /^(?:([A-Za-z_][\w.-]*)=)?(.*)$/s.exec(written) ?? [];
  const ids = await readFile(file, "utf8").catch((error: Error) => {
    throw new ShipError("usage", `${file} cannot be read: ${error.message}.`, { hint: "One id a line." });
  });
  const audience = audienceOfIds(ids, field);
  if (audience !== undefined) return audience;
  throw new ShipError("usage", `${file} names nobody.`, { hint: "One id a line." });
}

function refused({ message, expected }: FlagComplaint): ShipError {
  return new ShipError("usage", `Nothing was changed: ${message}.`, { hint: `Expected: ${expected}.` });
}

async function status(session: Session): Promise<number> {
  return withFleet(about(session, "flag", nameOf(session, "status")), "recovery", async (opened) => {
    await showStatus(session, opened);
    await tellStanding(session, opened);
    const context = patterns(session.invocation.options["for"]);
    if (context.length > 0) await showEvaluated(session, opened, context);
    return exits.done;
  });
}
