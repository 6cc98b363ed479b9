import type { Sample } from "../sample.ts";
import { duration, grouped } from "../words.ts";
import { hold } from "./fail.ts";
import { hostsThat } from "./hosts.ts";
import { isFenced, nameOf, type Progress } from "./progress.ts";
import { hostIn } from "./roster.ts";
import { announce, type Phase, type Reduced, type State, set, stay } from "./state.ts";
import { count, listed } from "./text.ts";

/** Hosts that fall silent within so many ms of each other … */
const togetherMs = 10_000;
/** … are our own side failing when they are so many, or this share of the fleet, whichever is more. */
const fewest = 3;
const share = 0.2;
/** … or all of so many or more that lie behind one jump host. */
const fewestBehind = 2;

/** How long a pause lasts before the rollout is held, ms. */
const pauseMs = 30_000;

type InStage = Extract<Phase, { readonly name: "changing" | "baking" }>;

/** What a measurement tells of who answers: a host whose free metrics could not be read gave no answer. */
export function heardFrom(state: State, samples: readonly Sample[]): State {
  return samples
    .filter((sample) => sample.metric === "restarts")
    .reduce((now, { host, reading }) => {
      const before = hostIn(now.hosts, host)?.silentSince;
      const silentSince = isSilent(reading) ? (before ?? now.now) : undefined;
      return silentSince === before ? now : set(now, host, { silentSince });
    }, state);
}

/** Does it say that its host told of itself? */
export function isHeard({ metric, reading }: Sample): boolean {
  return metric === "restarts" && !isSilent(reading);
}

function isSilent(reading: Sample["reading"]): boolean {
  return reading.type === "missing" && reading.cause === "provider-error";
}

/**
 * Many hosts lost at once are a bastion or a network that fails, and no evidence against the release: no new host is
 * started while they are silent, and when they stay so the rollout is held. Nothing is put back for it.
 */
export function pausing(state: State): Reduced {
  const { phase } = state;
  if (phase.name !== "changing" && phase.name !== "baking") return stay(state);
  const lost = lostTogether(state);
  if (lost.length === 0) return state.pausedAt === undefined ? stay(state) : resumed(state, phase, state.pausedAt);
  if (state.pausedAt === undefined) return paused(state, lost);
  if (state.now < state.pausedAt + pauseMs) return stay(state);
  return hold(
    { ...state, pausedAt: undefined },
    phase,
    "control-plane-lost",
    `${lostText(state, lost)} for ${duration(pauseMs)}`,
  );
}

/** The hosts that fell silent together, when they are too many for a chance, or all that lie behind one jump host. */
function lostTogether(state: State): readonly Progress[] {
  const silent = hostsThat(state, fellSilent);
  if (silent.length < fewestBehind) return [];
  const fenced = hostsThat(state, isFenced);
  const many = together(silent, Math.max(fewest, share * fenced.length));
  if (many.length > 0) return many;
  const groups = [...grouped(fenced, (host) => state.given.behind?.get(nameOf(host)) ?? "")];
  const whole = groups.map(([jump, group]) =>
    jump === "" || group.length < fewestBehind ? [] : together(group, group.length),
  );
  return whole.find((group) => group.length > 0) ?? [];
}

function fellSilent({ silentSince }: Progress): boolean {
  return silentSince !== undefined;
}

/** Those of `hosts` that fell silent within a short time, when they are at least so many; none otherwise. */
function together(hosts: readonly Progress[], enough: number): readonly Progress[] {
  const silent = hosts.flatMap((host) => (host.silentSince === undefined ? [] : [{ host, since: host.silentSince }]));
  if (silent.length < enough) return [];
  const groups = silent.map((first) =>
    silent.filter(({ since }) => since >= first.since && since - first.since <= togetherMs).map(({ host }) => host),
  );
  return groups.find((group) => group.length >= enough) ?? [];
}

function lostText(state: State, lost: readonly Progress[]): string {
  return `${lost.length} of ${count(state.hosts.size, "host")} fell silent together and did not answer (${listed(lost)})`;
}

function paused(state: State, lost: readonly Progress[]): Reduced {
  const text = `${lost.length} of ${count(state.hosts.size, "host")} fell silent together (${listed(lost)}): no new host is started until they answer.`;
  const hint = `So many at once are rather a bastion or a network between here and there than the release. After ${duration(pauseMs)} the rollout is held.`;
  return { state: { ...state, pausedAt: state.now }, effects: [announce({ type: "warned", text, hint })] };
}

function resumed(state: State, phase: InStage, pausedAt: number): Reduced {
  const said = announce({ type: "warned", text: "The silent hosts answer again: going on.", hint: undefined });
  return { state: { ...state, pausedAt: undefined, phase: putOff(phase, pausedAt, state.now) }, effects: [said] };
}

/** Time in which nobody answered is no bake, and nothing is compared in it: their ends come that much later. */
function putOff(phase: InStage, pausedAt: number, now: number): Phase {
  const lost = now - pausedAt;
  if (phase.name === "changing") {
    const { comparesSince } = phase;
    return comparesSince === undefined ? phase : { ...phase, comparesSince: comparesSince + lost };
  }
  return { ...phase, until: phase.until + lost, longest: phase.longest + lost };
}
