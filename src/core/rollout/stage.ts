import { type AssertionPolicy, everyOf } from "../component.ts";
import type { Happening } from "../event.ts";
import type { StagePlan } from "../plan.ts";
import { duration, grouped } from "../words.ts";
import { bakedAnew, withoutJudgements } from "./anew.ts";
import { approved, awaitApproval, isUnapproved } from "./approval.ts";
import { isThin } from "./bake-readings.ts";
import { advance } from "./change.ts";
import { awaitComparison, uncompared } from "./comparing.ts";
import { fail, hold } from "./fail.ts";
import { countOfStage, hostsOf, hostsOfStage, hostsThat, isAny } from "./hosts.ts";
import { changedHosts, fastest, judgedIn } from "./measuring.ts";
import { isHalted, isTooSoon } from "./pacing.ts";
import { placing } from "./placing.ts";
import { isBad, isOnRelease, isOut, isPlaced, isSettled, type Progress } from "./progress.ts";
import { enterProving } from "./proving.ts";
import { isAnyLeased, isFull, isLeased, mayStart } from "./room.ts";
import { and, announce, each, type Phase, type Reduced, type State, stay, type Turn } from "./state.ts";
import { causes, count, listed } from "./text.ts";

/** The turn of stage `index`, or the last steps when there is none. Readings are counted afresh for each stage. */
export function enterStage(state: State, index: number): Reduced {
  const stage = state.given.plan.stages[index];
  if (stage === undefined) return stay({ ...state, phase: { name: "finishing" } });
  const turn = { index, stage };
  const phase: Phase = { name: "changing", ...turn, askedAt: undefined, comparesSince: undefined };
  const beating = { ...state.beating, entered: stage.name };
  const fresh: State = { ...withoutJudgements(state), phase, beating };
  const hosts = hostsOfStage(state, index);
  const isAllowed = hosts.filter((host) => host.bad).length <= stage.maxFailed;
  if (isAllowed && hosts.every((host) => host.at === "proven" || host.bad))
    return isEmpty(fresh, hosts) ? holdEmpty(fresh, turn) : enterStage(fresh, index + 1);
  const names = stage.hosts.map((host) => host.host);
  const started = { type: "stage.started", stage: stage.name, index, hosts: names, width: stage.width } as const;
  const effects = [announce(started), ...waiting(fresh, index).map(announce)];
  return and({ state: fresh, effects }, (now) => placing(now, index));
}

/** Says why nothing may seem to happen: what a run before left out in the wider cohort goes back by itself first. */
function waiting(state: State, index: number): readonly Happening[] {
  const leased = hostsOf(state).filter((host) => host.stage > index && isLeased(state, host));
  if (leased.length === 0) return [];
  const late = Math.ceil((Math.max(...leased.map((host) => host.leasedUntil)) - state.now) / 1000) * 1000;
  const text = `${listed(leased)} ${leased.length === 1 ? "is" : "are"} out on the lease of a run before, and may be out of service until that is over.`;
  return [
    {
      type: "warned",
      text,
      hint: `That takes ${duration(late)} at most; until then they count against max_unavailable.`,
    },
  ];
}

/** Were there hosts to change, and none has the release, here or in a stage before? Then nothing speaks for it. */
function isEmpty(state: State, hosts: readonly Progress[]): boolean {
  return hosts.length > 0 && !isAny(state, isOnRelease);
}

function holdEmpty(state: State, turn: Turn): Reduced {
  const bad = hostsOfStage(state, turn.index, isBad);
  const those = isAny(state, isOnRelease) ? " that was well before" : "";
  return hold(state, turn, "no-evidence", `no host${those} runs it, so nothing speaks for it (${causes(bad)})`);
}

export function pumpChanging(state: State, turn: Changing): Reduced {
  const { index, stage } = turn;
  if (state.pause !== undefined) return stay(state);
  const bad = hostsOfStage(state, index, isBad);
  if (bad.length > stage.maxFailed) return failHosts(state, turn, bad);
  if (isHalted(state)) return stay(state);
  if (isUnapproved(state, turn)) return awaitApproval(state, turn);
  const unsure = uncompared(state, turn);
  if (unsure.length > 0) return awaitComparison(approved(state, turn), turn, unsure);
  const started = starting(approved(state, turn), turn);
  const open = countOfStage(started.state, index, isUnsettled);
  if (open === 0)
    return and(started, (now) => (changedHosts(now).length === 0 ? holdEmpty(now, turn) : enterBake(now, turn)));
  if (open > countOfStage(started.state, index, isPlaced) || isAnyLeased(started.state)) return started;
  if (isTooSoon(started.state)) return started;
  const out = hostsThat(started.state, isOut);
  const text = `${listed(hostsOfStage(started.state, index, isUnsettled))} cannot be changed: ${listed(out)} may be out of service, and max_unavailable allows ${stage.width}`;
  return and(started, (now) => hold(now, turn, "unreachable", text));
}

type Changing = Extract<Phase, { readonly name: "changing" }>;

function isUnsettled(host: Progress): boolean {
  return !isSettled(host);
}

function failHosts(state: State, turn: Turn, bad: readonly Progress[]): Reduced {
  const reason = bad.every((host) => host.at === "unknown") ? "unreachable" : "hosts-failed";
  return fail(state, turn, reason, failedText(bad, turn.stage));
}

/** `2 of 12 hosts failed, and max_failed allows 1 (api-02: activate: exit 1)`. */
function failedText(bad: readonly Progress[], { hosts, maxFailed }: StagePlan): string {
  const allowed = maxFailed === 0 ? "none" : String(maxFailed);
  return `${bad.length} of ${count(hosts.length, "host")} failed, and max_failed allows ${allowed} (${causes(bad)})`;
}

/**
 * Starts as many placed hosts as the window leaves, in the plan's order. Where there is no room for a host, there is none
 * for others like it until one is started: with a thousand hosts, each would be counted for each.
 */
function starting(state: State, { index, stage }: Turn): Reduced {
  if (isFull(state, { index, stage })) return stay(state);
  const ready = hostsOfStage(state, index, isPlaced);
  const refused = new Set<string>();
  return each(state, ready, (now, host) => {
    const kind = `${host.down} ${isLeased(now, host)}`;
    if (refused.has(kind)) return stay(now);
    if (mayStart(now, host, { index, stage })) {
      refused.clear();
      return advance(now, host);
    }
    refused.add(kind);
    return stay(now);
  });
}

function enterBake(state: State, { index, stage }: Turn): Reduced {
  if (state.given.options.now) return enterProving(state, { index, stage });
  return and(bakedAnew(state, { index, stage }), (now) => placing(now, index + 1));
}

/**
 * Passed when its time is over, nothing failed and every assertion has its evidence; between the bake's least and its
 * longest time as soon as that evidence is strong. A fail ends it in `measured`. Time that ship slept through (stopped, or
 * under a closed lid) was not watched: as many looks as a verdict needs are taken all the same. Where no host answers in as
 * many there is no evidence, whatever is known from before.
 */
export function pumpBaking(state: State, phase: Baking): Reduced {
  const { index, stage, until } = phase;
  if (state.measuring || state.measuredAt < until || isPaused(state)) return stay(state);
  const deciding = judgedIn(state, index).filter((policy) => !policy.observeOnly);
  const open = deciding.filter((policy) => isOpen(state, phase, policy));
  const least = Math.max(0, ...deciding.map(({ minReadings }) => minReadings));
  const isSeen = mostLooks(phase) >= least;
  if (!isSeen && phase.lost < least) return stay({ ...state, phase: { ...phase, until: nextLook(state, phase) } });
  const sure = deciding.every((policy) => state.judgements.get(policy.text)?.isSure === true);
  if (isSeen && open.length === 0 && (sure || until >= phase.longest)) return enterProving(state, { index, stage });
  if (until < phase.longest)
    return stay({ ...state, phase: { ...phase, until: Math.min(phase.longest, nextLook(state, phase)) } });
  if (phase.stretched < mostStretched(state, phase, open)) {
    return stay({ ...state, phase: { ...phase, until: nextLook(state, phase), stretched: phase.stretched + 1 } });
  }
  if (state.steered.approved.includes(stage.name)) return enterProving(state, { index, stage });
  return blind(state, { index, stage }, [
    ...(isSeen ? [] : [unseenText(phase, least)]),
    ...openTexts(state, phase, open),
  ]);
}

function isOpen({ judgements }: State, { readings }: Baking, policy: AssertionPolicy): boolean {
  const judgement = judgements.get(policy.text);
  return judgement?.verdict !== "pass" || isThin(readings.get(policy.text), judgement, policy);
}

function unseenText(phase: Baking, least: number): string {
  return `no changed host answered in more than ${count(mostLooks(phase), "look")}, and ${least} are needed`;
}

/** Of the changed host that answered most often: others, and a host here and a host there, are no look at what was changed. */
function mostLooks({ looks }: Baking): number {
  return [...looks.values()].reduce((most, count) => Math.max(most, count), 0);
}

/** Stands still because its own side may be failing, or because somebody said so. */
function isPaused(state: State): boolean {
  return state.pause !== undefined || isHalted(state);
}

type Baking = Extract<Phase, { readonly name: "baking" }>;

function nextLook(state: State, { stage }: Baking): number {
  return state.now + fastest(state, stage.bake);
}

function openTexts(state: State, phase: Baking, open: readonly AssertionPolicy[]): readonly string[] {
  const groups = grouped(open, (policy) => blindText(state, phase, policy));
  return [...groups].map(([cause, same]) => `${same.map(({ text }) => text).join(", ")}: ${cause}`);
}

function blind(state: State, turn: Turn, why: readonly string[]): Reduced {
  const text = `no verdict at the end of the bake (${why.join("; ")})`;
  const { onBlind } = state.given.component;
  return onBlind === "hold" ? hold(state, turn, "no-evidence", text) : fail(state, turn, "no-evidence", text);
}

/**
 * Readings by which a bake may be put off while one is against an assertion and not yet enough to fail it: the next few
 * decide, and a change that goes bad at the bake's very end is not taken for one without evidence. A threshold has its
 * answer after `of` readings; a test may need the bake's own length once more.
 */
function mostStretched(state: State, { stage, readings: own }: Baking, open: readonly AssertionPolicy[]): number {
  const again = Math.ceil(stage.bake / fastest(state, stage.bake));
  const readings = open.map((policy) => {
    const judgement = state.judgements.get(policy.text);
    if (isThin(own.get(policy.text), judgement, policy)) return looksFor(policy, state, stage);
    if (judgement?.isContested !== true) return 0;
    return judgement.method === "threshold" ? policy.allow.of : Math.max(policy.allow.of, again);
  });
  return Math.max(0, ...readings);
}

/** Looks in which an assertion comes to the readings that a verdict needs. */
function looksFor({ every, minReadings }: AssertionPolicy, state: State, { bake }: StagePlan): number {
  return Math.ceil((minReadings * everyOf(every, bake)) / fastest(state, bake));
}

function blindText({ judgements }: State, { readings }: Baking, policy: AssertionPolicy): string {
  const judgement = judgements.get(policy.text);
  const own = readings.get(policy.text);
  if (judgement === undefined) return "never measured";
  if (isThin(own, judgement, policy))
    return `too-few, ${own.taken} of the ${policy.minReadings} readings are of this bake`;
  return judgement.causes
    .slice(0, 2)
    .map(({ cause, detail }) => `${cause}, ${detail}`)
    .join(" and ");
}
