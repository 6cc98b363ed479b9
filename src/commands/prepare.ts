import { carriersOf } from "../changes/index.ts";
import { closedTexts, unlockHint } from "../core/closed.ts";
import { ShipError } from "../core/error.ts";
import type { Happening } from "../core/event.ts";
import { bare, type Observation } from "../core/host.ts";
import { type Planned, plan, type Seen } from "../core/plan.ts";
import { isProven } from "../core/proven.ts";
import { versionOf } from "../core/release.ts";
import type { Route } from "../core/route.ts";
import { closureSaid, readBeat, readClosure } from "../core/sign.ts";
import { grouped } from "../core/words.ts";
import { attend } from "../engine/attend.ts";
import { observeFleet } from "../engine/observe.ts";
import type { Targets } from "../engine/world.ts";
import { quiet, targetsBeside, witnessesOf } from "./besides.ts";
import { refuseHeld } from "./held.ts";
import { livesHere } from "./identity.ts";
import { type Request, selectedHosts } from "./request.ts";
import { resolveCargo } from "./resolve.ts";
import type { Cargo } from "./roll.ts";
import type { Opened, Session } from "./session.ts";

export type Prepared = {
  readonly cargo: Cargo;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly planned: Planned;
};

/** `attend`: nobody else may be at a rollout of what the same service reads or runs. `take`: whoever is at one is taken over. */
type Mode = "look" | "attend" | "take";

/** Resolve, observe, plan: the same for a dry run and a real one, and it changes nothing on any host. */
export async function prepare(
  session: Session,
  opened: Opened,
  request: Request,
  mode: Mode = "look",
): Promise<Prepared> {
  const { component, fleet, targets } = opened;
  const selected = await selectedHosts(opened, request);
  const cargo = await resolveCargo(component, request.version);
  const { release } = cargo;
  const { version, digest, size } = release.manifest;
  session.tell({ type: "artifact.resolved", component: component.name, version, release: release.name, digest, size });
  const seen = request.offline ? unseen(targets) : await look(opened, mode);
  if (!request.offline) for (const happening of observedOf(targets, seen)) session.tell(happening);
  for (const happening of chosenOf(opened.routes)) session.tell(happening);
  const { to, now, adopt, retryBad } = request;
  const planned = plan({ component, fleet, release, seen, to, selected, now, adopt, retryBad });
  return { cargo, seen, planned };
}

async function look(opened: Opened, mode: Mode): Promise<ReadonlyMap<string, Seen>> {
  const { world, targets, component } = opened;
  if (mode !== "attend") return observeFleet(world, targets);
  const [attended, others] = await Promise.all([attend(world, targets, livesHere), attendBesides(opened)]);
  const carriers = carriersOf(component.name, opened.config.declared);
  for (const { name, beside } of others) {
    if (beside.type === "held") refuseHeld(beside, name);
    if (carriers.includes(name)) refuseClosed(name, beside.seen);
  }
  return attended.type === "held" ? refuseHeld(attended, component.name) : attended.seen;
}

/** What closes a component closes it to its flags and rates. */
function refuseClosed(name: string, seen: ReadonlyMap<string, Seen>): void {
  const closed = [...seen].flatMap(([host, one]) =>
    one.type === "observed" && one.observation.signs.closed !== ""
      ? [{ host, sign: one.observation.signs.closed }]
      : [],
  );
  const [text, ...more] = closedTexts(name, closed);
  if (text === undefined) return;
  throw new ShipError("refused", `Nothing was changed: ${text}.`, { details: more, hint: unlockHint(name) });
}

/** Whoever rolls out something else for the same service is seen on its witnesses. */
async function attendBesides(opened: Opened) {
  return Promise.all(
    targetsBeside(opened).map(async (other) => ({
      name: other.component.name,
      beside: await attend(opened.world, quiet(witnessesOf(other)), livesHere),
    })),
  );
}

/** Which hosts ship's own client cannot reach, those of one reason together. */
function chosenOf(routes: ReadonlyMap<string, Route>): readonly Happening[] {
  const others = [...routes].filter(([, { transport }]) => transport !== "ssh2");
  return [...grouped(others, ([, { reason }]) => reason)].map(([reason, some]) => ({
    type: "transport.chosen",
    transport: "openssh",
    hosts: some.map(([host]) => host).sort(),
    reason,
  }));
}

type Observed = Extract<Happening, { readonly type: "host.observed" }>;

/** What every host says of itself, as events. */
export function observedOf(targets: Targets, seen: ReadonlyMap<string, Seen>): readonly Observed[] {
  return [...targets.hosts.values()].flatMap((host) => {
    const one = seen.get(host.name);
    return one === undefined ? [] : [observed(targets, host, one)];
  });
}

function observed({ component }: Targets, host: { name: string; cohort: string }, seen: Seen): Observed {
  const where = { type: "host.observed", component: component.name, cohort: host.cohort, host: host.name } as const;
  if (seen.type === "absent") {
    return {
      ...where,
      version: null,
      release: null,
      phase: null,
      proven: false,
      healthy: null,
      good: null,
      unfinished: null,
      holder: null,
      cause: seen.reason,
    };
  }
  const { record, link, foreign } = seen.observation;
  const drifted =
    link !== record.current && !["armed", "switched", "reverting", "revert-failed"].includes(record.phase);
  const cause =
    foreign ??
    (drifted ? `drifted: ship left it on ${record.current || "nothing"}` : link === "" ? "no release" : undefined);
  return {
    ...where,
    version: versionOf(link) ?? null,
    release: link || null,
    phase: record.phase,
    proven: isProven(record) && link === record.current,
    healthy: seen.healthy ?? null,
    good: record.good || null,
    unfinished: record.open || null,
    holder: record.open === "" ? null : record.holder,
    ...beatOf(seen.observation),
    ...lockOf(seen.observation),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The runner's last sign of life, where it left one. Both times are of the host's own clock. */
function beatOf({ record, signs, now }: Observation): Pick<Observed, "beat"> {
  const beat = record.open === "" ? undefined : readBeat(signs.beat);
  if (beat === undefined || beat.rollout !== record.open) return {};
  const { generation, count, doing } = beat;
  return { beat: { generation, count, doing, age: Math.max(0, now - beat.at) } };
}

function lockOf({ signs }: Observation): Pick<Observed, "locked"> {
  const closure = readClosure(signs.closed);
  return closure === undefined ? {} : { locked: closureSaid(closure) };
}

/** Nobody was asked: the plan shows stages, hosts and gates, and not what runs now. */
function unseen(targets: Targets): ReadonlyMap<string, Seen> {
  return new Map(
    [...targets.hosts.keys()].map((name) => [
      name,
      { type: "observed", observation: bare, healthy: undefined, hidden: false },
    ]),
  );
}
