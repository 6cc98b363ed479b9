import type { AssertionPolicy } from "../component.ts";
import { metricsOf } from "../expression.ts";
import { isOn } from "../parts.ts";
import { duration } from "../words.ts";
import { hold } from "./fail.ts";
import { hostsThat } from "./hosts.ts";
import { changedHosts, judgedIn } from "./measuring.ts";
import { isUntouched, nameOf, type Progress } from "./progress.ts";
import { announce, type Phase, type Reduced, type State, stay } from "./state.ts";

type Changing = Extract<Phase, { readonly name: "changing" }>;

/**
 * Deciding assertions against `baseline` that no hosts were compared in yet, where this stage takes the last hosts that
 * there are to compare with: what a run before this one measured is not known, and afterwards it is too late. Nothing where
 * no host has the change yet, as then there is nothing to compare.
 */
export function uncompared(state: State, { index, stage }: Changing): readonly AssertionPolicy[] {
  if (state.given.options.now || state.steered.approved.includes(stage.name)) return [];
  return judgedIn(state, index).filter((policy) => {
    const compares = metricsOf(policy.condition).some(({ scope }) => scope === "baseline");
    const isOpen = compares && !policy.observeOnly && state.trials.get(policy.text)?.stood?.verdict !== "pass";
    return isOpen && takesLast(state, index, policy);
  });
}

/** Does the stage take the last of the assertion's hosts without the change, while others of them have it? */
function takesLast(state: State, index: number, policy: AssertionPolicy): boolean {
  const isOwn = (host: Progress) => isOn(policy, nameOf(host));
  const untouched = hostsThat(state, isUntouched).filter(isOwn);
  const isLast = untouched.length > 0 && untouched.every((host) => host.stage === index);
  return isLast && changedHosts(state).some(isOwn);
}

/** No host of the stage is started until they were compared; where that takes longer than the longest bake may, it is held. */
export function awaitComparison(state: State, phase: Changing, open: readonly AssertionPolicy[]): Reduced {
  const { stage, comparesSince } = phase;
  const texts = open.map(({ text }) => text).join(", ");
  if (comparesSince === undefined) {
    const text = `Stage ${stage.name} takes the last hosts without the change: they are measured first, for ${texts}.`;
    const hint = `That may take ${duration(stage.longestBake)}; without a verdict the rollout is held.`;
    const said = announce({ type: "warned", text, hint });
    return { state: { ...state, phase: { ...phase, comparesSince: state.now } }, effects: [said] };
  }
  if (state.now < comparesSince + stage.longestBake) return stay(state);
  return hold(
    state,
    phase,
    "no-evidence",
    `${texts} has no verdict, and this stage takes the last hosts to compare with`,
  );
}
