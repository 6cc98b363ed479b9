import type { Sample } from "../sample.ts";
import { duration, grouped } from "../words.ts";
import { hold } from "./fail.ts";
import { hostsThat } from "./hosts.ts";
import { isFenced, nameOf, type Progress } from "./progress.ts";
import { type Pause, type Silence, silenceAfter } from "./quiet.ts";
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

/** How long a pause lasts from its noticing before the rollout is held, ms. */
const pauseMs = 30_000;

type InStage = Extract<Phase, { readonly name: "changing" | "baking" }>;

/**
 * What a measurement tells of who answers: a host whose free metrics could not be read gave no answer. That shows only when
 * the look's own time is over, which may be half a minute after it was begun; and it was begun late where a host held up
 * the look before.
 */
export function heardFrom(state: State, samples: readonly Sample[]): State {
  return samples
    .filter((sample) => sample.metric === "restarts")
    .reduce((now, { host, reading }) => {
      const before = hostIn(now.hosts, host)?.silence;
      const silence = isSilent(reading) ? silenceAfter(before, now.now, now.lookDueAt) : undefined;
      return silence === before ? now : set(now, host, { silence });
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
  const { phase, pause } = state;
  if (phase.name !== "changing" && phase.name !== "baking") return stay(state);
  const lost = lostTogether(state);
  if (lost.length === 0) return pause === undefined ? stay(state) : resumed(state, phase, pause);
  if (pause === undefined) return paused(state, lost);
  if (state.now < pause.noticedAt + pauseMs) return stay({ ...state, pause: goingOn(pause, lost) });
  return hold(
    { ...state, pause: undefined },
    phase,
    "control-plane-lost",
    `${lostText(state, lost)} for ${duration(pauseMs)}`,
  );
}

/** The hosts that fell silent together, when they are too many for a chance, or all that lie behind one jump host. */
function lostTogether(state: State): readonly Silent[] {
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

type Silent = Progress & { readonly silence: Silence };

function fellSilent(host: Progress): host is Silent {
  return host.silence !== undefined;
}

/** Those of `hosts` that fell silent within a short time, when they are at least so many; none otherwise. */
function together(hosts: readonly Progress[], enough: number): readonly Silent[] {
  const silent = hosts.filter(fellSilent);
  if (silent.length < enough) return [];
  const groups = silent.map(({ silence: { noticedAt: first } }) =>
    silent.filter(({ silence: { noticedAt } }) => noticedAt >= first && noticedAt - first <= togetherMs),
  );
  return groups.find((group) => group.length >= enough) ?? [];
}

function lostText(state: State, lost: readonly Progress[]): string {
  return `${lost.length} of ${count(state.hosts.size, "host")} fell silent together and did not answer (${listed(lost)})`;
}

function paused(state: State, lost: readonly Silent[]): Reduced {
  const text = `${lost.length} of ${count(state.hosts.size, "host")} fell silent together (${listed(lost)}): no new host is started until they answer.`;
  const hint = `So many at once are rather a bastion or a network between here and there than the release. After ${duration(pauseMs)} the rollout is held.`;
  const pause = goingOn({ noticedAt: state.now, silentSince: state.now }, lost);
  return { state: { ...state, pause }, effects: [announce({ type: "warned", text, hint })] };
}

/** A look that is found lost may have been due before the orders that were found lost first. */
function goingOn(pause: Pause, lost: readonly Silent[]): Pause {
  return { ...pause, silentSince: Math.min(pause.silentSince, ...lost.map(({ silence }) => silence.since)) };
}

function resumed(state: State, phase: InStage, { silentSince }: Pause): Reduced {
  const said = announce({ type: "warned", text: "The silent hosts answer again: going on.", hint: undefined });
  return { state: { ...state, pause: undefined, phase: putOff(phase, silentSince, state.now) }, effects: [said] };
}

/**
 * Time in which nobody answered is no bake, and nothing is compared in it: their ends come that much later. What of it was
 * before they began took nothing from them.
 */
function putOff(phase: InStage, silentSince: number, now: number): Phase {
  if (phase.name === "changing") {
    const { comparesSince } = phase;
    if (comparesSince === undefined) return phase;
    return { ...phase, comparesSince: comparesSince + now - Math.max(silentSince, comparesSince) };
  }
  const lost = now - Math.max(silentSince, phase.longest - phase.stage.longestBake);
  return { ...phase, until: phase.until + lost, longest: phase.longest + lost };
}
