import { rateFiles } from "../changes/rate-release.ts";
import { exits, ShipError } from "../core/error.ts";
import type { Happening } from "../core/event.ts";
import { outOfBounds, type RatePolicy } from "../core/rate.ts";
import { versionOf } from "../core/release.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { columns } from "../report/columns.ts";
import { about, act, change, nameOf } from "./change.ts";
import type { Invocation } from "./index.ts";
import { isOwn, ownRows, setOwn } from "./own-rate.ts";
import { inSession, type Opened, readConfig, type Session, text, withFleet } from "./session.ts";
import { tellStanding } from "./standing.ts";
import { showStatus } from "./status.ts";

const actions = { set, status, list } as const;

export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, (session) => act(session, actions, "set NAME NUMBER")(session));
}

/** Through the cohorts; `--now` on all hosts in one step. What is lowered is in nobody's way: it takes over, and is no less judged. */
async function set(session: Session): Promise<number> {
  const name = nameOf(session, "set");
  if (isOwn(name)) return setOwn(session, name);
  const now = session.invocation.options["now"] === true;
  return withFleet(declared(session, name), now ? "recovery" : "all", async (opened) => {
    const policy = policyOf(opened, name);
    const rate = numberOf(session, policy);
    const state = { version: String(rate), files: rateFiles(name, rate) };
    const how = now ? "at-once" : (await isLower(opened, policy, rate)) ? "take" : "attend";
    return change(session, opened, state, how);
  });
}

function declared(session: Session, name: string): Session {
  if (text(session.invocation.options["component"]) === undefined) return about(session, "rate", name);
  throw new ShipError("usage", `Whose rate ${name} is stands in the config: -c is for ship's own rates.`, {
    hint: `Leave -c out, or say which of ship's own: ${ownRows.map(([own]) => own).join(", ")}.`,
  });
}

function policyOf({ config }: Opened, name: string): RatePolicy {
  const policy = config.declared.rates.get(name);
  if (policy === undefined) throw new Error(`the rate ${name} was found and is not there`);
  return policy;
}

function numberOf({ invocation }: Session, policy: RatePolicy): number {
  const typed = invocation.arguments[2];
  if (typed === undefined)
    throw new ShipError("usage", "Which number?", { hint: `ship rate set ${policy.name} NUMBER; 0 stops it.` });
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(typed))
    throw new ShipError("usage", `${JSON.stringify(typed)} is no rate.`, { hint: "Write a number such as 10 or 0.5." });
  const complaint = outOfBounds(policy, Number(typed));
  if (complaint !== undefined)
    throw new ShipError("usage", `${typed} cannot be set: ${complaint}.`, {
      hint: "Its bounds stand in the config, under rates:.",
    });
  return Number(typed);
}

/** On no host more than it has; one that was never set has the default. */
async function isLower({ world, targets }: Opened, { default: usual }: RatePolicy, rate: number): Promise<boolean> {
  const seen = [...(await glanceAtFleet(world, targets)).values()];
  const known = seen.flatMap((one) => (one.type === "observed" ? [one.observation.link] : []));
  return known.length > 0 && known.every((link) => rate <= Number(versionOf(link) ?? usual));
}

async function status(session: Session): Promise<number> {
  const name = nameOf(session, "status");
  const asked = isOwn(name) ? session : declared(session, name);
  return withFleet(asked, "recovery", async (opened) => {
    await showStatus(session, opened);
    if (isOwn(name)) return exits.done;
    await tellStanding(session, opened);
    return exits.done;
  });
}

/** What is declared, and ship's own: the hosts are not asked. */
async function list(session: Session): Promise<number> {
  const file = text(session.invocation.options["config"]);
  const { declared } = await readConfig(session, "recovery", { file, component: undefined });
  const rates = [...declared.rates.values()];
  if (session.view === "json") for (const rate of rates) session.tell(declaredEvent(rate));
  else for (const line of listLines(rates)) session.output.write(`${line}\n`);
  return exits.done;
}

function declaredEvent({ name, component, default: usual, min, max }: RatePolicy): Happening {
  const bounds = { default: usual, min, max: Number.isFinite(max) ? max : null };
  return { type: "rate.declared", rate: name, component, ...bounds };
}

function listLines(rates: readonly RatePolicy[]): readonly string[] {
  const none = "The config declares no rate: rates: { NAME: { component: …, default: … } }";
  const rows = rates.map(({ name, component, default: usual, min, max }) => [
    name,
    `of ${component}`,
    `default ${usual}`,
    Number.isFinite(max) ? `${min} to ${max}` : `${min} or more`,
  ]);
  return [...(rows.length === 0 ? [none] : []), ...columns([...rows, ...ownRows])];
}
