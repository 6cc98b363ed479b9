import type { Happening } from "../event.ts";
import { isBeyondBelief } from "../generation.ts";
import { type Answer, type HostRecord, token } from "../host.ts";
import { pacesSaid } from "../pace.ts";
import { followedBack } from "../plan-back.ts";
import { byName } from "../runner.ts";
import { allHosts, hostNamed, isBeside } from "./beside.ts";
import { refuse, refuseLocked } from "./fail.ts";
import { countOfStage } from "./hosts.ts";
import { unanswered } from "./lost.ts";
import { haltOf } from "./pacing.ts";
import { isBad, nameOf, type Progress, progressOf } from "./progress.ts";
import { fallenByItself } from "./relapse.ts";
import { restore } from "./restoring.ts";
import { enterStage } from "./stage.ts";
import {
  and,
  announce,
  type Ending,
  each,
  order,
  type Phase,
  type Reduced,
  type Refused,
  type State,
  set,
  stay,
} from "./state.ts";
import { abortText } from "./steering.ts";
import { lockedOut } from "./stopping.ts";

/** How often a fence is asked for again when its answer was lost. */
const patience = 3;

type Fencing = Extract<Phase, { readonly name: "fencing" }>;

/** Every host that answers is fenced before any is changed, so that a run that was thought dead cannot act again. */
export function fencing(state: State): Reduced {
  if (state.phase.name !== "beginning") return stay(state);
  const asked = allHosts(state).filter((host) => host.plan.action !== "absent");
  return and({ state, effects: saidBefore(state).map(announce) }, (now) =>
    fenceAll(now, asked, { round: 1, after: 0 }),
  );
}

/** What people said to a run before stays said; what takes a rollout back does not heed it. */
function saidBefore({ steered, given }: State): readonly Happening[] {
  if (given.plan.direction === "rollback") return [];
  const { paces } = steered;
  const halt = haltOf(steered);
  const text = `It goes on as it was set while it ran: ${pacesSaid(paces)}.`;
  const hint = "ship rate set changes that: ship rate list shows what there is.";
  return [
    ...(paces.length === 0 ? [] : [{ type: "warned", text, hint } as const]),
    ...(halt === undefined ? [] : [{ type: "rollout.paused", by: halt.by, why: halt.why } as const]),
  ];
}

type Round = { readonly round: number; readonly after: number };

function fenceAll(state: State, hosts: readonly Progress[], { round, after }: Round): Reduced {
  const phase: Fencing = {
    name: "fencing",
    pending: new Set(hosts.map(nameOf)),
    rivals: new Map(),
    round,
    locks: new Map(),
  };
  return each({ ...state, phase }, hosts, (now, host) => fence(now, host, after));
}

function fence(state: State, host: Progress, after: number): Reduced {
  const { fleetList, options, plan } = state.given;
  const { rollout, holder } = options;
  const list = fleetList === undefined ? {} : { fleet: fleetList };
  const heeded = plan.direction === "forward" ? ({ heeds: "lock" } as const) : {};
  return order(state, host, { type: "fence", rollout, expect: host.plan.expect, holder, ...list, ...heeded }, after);
}

/** A fence's answer. A newer run, or a host that moved since it was observed, stops this one; a tie is settled when all have answered. */
export function fenced(state: State, host: Progress, answer: Answer): Reduced {
  const { phase } = state;
  const name = nameOf(host);
  if (phase.name !== "fencing" || !phase.pending.has(name)) return stay(state);
  if (unanswered(answer) && host.tries < patience)
    return fence(set(state, name, { tries: host.tries + 1 }), host, 500 * 2 ** host.tries);
  if (answer.type === "refused") return barred(state, phase, { host, answer });
  const now = heardOf(state, phase, name);
  if (answer.type !== "done") return stay(left(now, host, detailOf(answer)));
  const plan = { ...host.plan, expect: token(answer.record) };
  const said = host.fenced ? [] : [announce({ type: "host.fenced", host: name, release: host.plan.from })];
  return { state: set(now, name, { plan, fenced: true, tries: 0, phase: answer.record.phase }), effects: said };
}

function heardOf(state: State, phase: Fencing, name: string): State {
  return { ...state, phase: { ...phase, pending: new Set([...phase.pending].filter((each) => each !== name)) } };
}

/** A host that could not be taken over counts as down and as failed. */
function left(state: State, host: Progress, why: string): State {
  return set(state, nameOf(host), { at: "unknown", bad: true, down: true, fenced: false, detail: `fence: ${why}` });
}

type Barred = { readonly host: Progress; readonly answer: Refused };

function barred(state: State, phase: Fencing, { host, answer }: Barred): Reduced {
  const name = nameOf(host);
  const { record, cause } = answer;
  if (isBeyondBelief(record.generation, state.generation)) {
    const why = `it claims generation ${record.generation}, far beyond all others`;
    return stay(left(heardOf(state, phase, name), host, why));
  }
  if (cause === "moved" && (takesOver(state) || isByItself(host, record)) && host.tries < insistence)
    return follow(state, host, record);
  if (cause === "locked") {
    const locks = new Map(phase.locks).set(name, answer);
    return stay(set(heardOf(state, { ...phase, locks }, name), name, { fenced: false, tries: 0 }));
  }
  if (!isRival(state, host, answer)) return lockedOut(heardOf(state, phase, name), host, answer);
  const now = heardOf(state, { ...phase, rivals: new Map(phase.rivals).set(name, answer) }, name);
  return stay(set(now, name, { fenced: false, tries: 0 }));
}

/** A run that began at the same time took the host with the same generation, and did nothing to it yet; a rollback takes over from any. */
function isRival(state: State, host: Progress, { cause, record }: Refused): boolean {
  if (cause !== "stale") return false;
  if (takesOver(state)) return true;
  const untouched = host.plan.expect.endsWith(`.${record.attempt}.${record.phase}`);
  return record.generation === state.generation && untouched;
}

/** How often a host is followed that moves on between a look and the fence: each try shuts the other run out or not. */
const insistence = 20;

/** A rollback takes over from a run that is at work: what it did in the meantime is no reason to stop. */
function takesOver({ given }: State): boolean {
  return given.options.asked !== "release";
}

/** A host that is not of this rollout, and that no other run has taken: a lease that ended there is nothing to us. */
function isByItself(host: Progress, { generation, run }: HostRecord): boolean {
  return isBeside(host) && host.plan.expect.startsWith(`${generation}.${run}.`);
}

function follow(state: State, host: Progress, record: HostRecord): Reduced {
  const next = followed(host, record);
  return fence(set(state, nameOf(host), next), next, 0);
}

function followed(host: Progress, record: HostRecord): Progress {
  if (isBeside(host)) return { ...host, plan: { ...host.plan, expect: token(record) }, tries: host.tries + 1 };
  const { down, fell } = { ...host, ...fallenByItself(host, record) };
  return { ...progressOf(followedBack(host.plan, record), host.stage, true), down, fell, tries: host.tries + 1 };
}

function detailOf(answer: Answer): string {
  if ("reason" in answer) return answer.reason;
  return "detail" in answer ? answer.detail : `it answered ${answer.type}`;
}

/** All have answered: goes on when those that did not are within every budget. */
export function pumpFencing(state: State, phase: Fencing): Reduced {
  if (phase.pending.size > 0) return stay(state);
  if (phase.locks.size > 0) return refuseLocked(state, phase.locks);
  const [rival] = [...phase.rivals].sort(([a], [b]) => byName(a, b));
  if (rival !== undefined) return tied(state, phase, rival);
  if (state.given.plan.direction === "rollback") return restore(state, backEnding(state), false);
  const over = state.given.plan.stages.find((stage, index) => {
    return countOfStage(state, index, isBad) > stage.maxFailed;
  });
  return over === undefined ? enterStage(state, 0) : refuse(state, over);
}

/** How often two runs that began at once may settle which goes on, before this one gives way. */
const rounds = 4;

/**
 * Two runs saw the same generation, and each has some hosts. The one that has the first host by name, of those that both reach,
 * takes all of them with a higher generation; the other stops and puts nothing back. A rollback does not give way.
 */
function tied(state: State, phase: Fencing, [first, answer]: readonly [string, Refused]): Reduced {
  const fenced = allHosts(state).filter((host) => host.fenced);
  const leads = fenced.some((host) => byName(nameOf(host), first) < 0);
  const goesOn = takesOver(state) ? phase.round < insistence : leads && phase.round < rounds;
  const host = hostNamed(state, first);
  if (!goesOn && host !== undefined) return lockedOut(state, host, answer);
  const records = [...phase.rivals.values()].map(({ record }) => record);
  const generation = Math.max(state.generation, ...records.map((record) => record.generation)) + 1;
  const known = allHosts(state).reduce((now, each) => overtaken(now, phase, each), { ...state, generation });
  const asked = allHosts(known).filter((each) => each.fenced || phase.rivals.has(nameOf(each)));
  return fenceAll(known, asked, { round: phase.round + 1, after: leads ? 0 : phase.round * giveWayMs });
}

/** A rollback that does not have the first host lets the other one go first, so that two do not chase each other. ms. */
const giveWayMs = 300;

/** What a rival's host is by now, for the next round's fence. */
function overtaken(state: State, { rivals }: Fencing, host: Progress): State {
  const record = rivals.get(nameOf(host))?.record;
  if (record === undefined) return state;
  const moved = takesOver(state) ? followed(host, record) : host;
  return set(state, nameOf(host), { ...moved, tries: 0, plan: { ...moved.plan, expect: token(record) } });
}

/** How a rollback that was asked for, or is gone on with, will have ended when every host is back. */
function backEnding({ given: { options, plan, component } }: State): Ending {
  if (options.asked === "rollback") {
    const summary = `${component.name} was rolled back.`;
    return { outcome: "done", reason: "rolled-back-by-request", summary, hint: undefined };
  }
  const again = `To try it again: ship -c ${component.name} --version ${plan.version} --retry-bad --reason TEXT`;
  if (options.asked === "abort") {
    const summary = `${component.name} was rolled back: ${abortText(options.by, options.why)}.`;
    return { outcome: "rolled-back", reason: "aborted", summary, hint: undefined };
  }
  const summary = `${plan.version} was being rolled back when ship was stopped.`;
  const reason = plan.wasBad === true ? "assertion-failed" : "rollback-continued";
  return { outcome: "rolled-back", reason, summary, hint: `ship why shows the evidence. ${again}` };
}
