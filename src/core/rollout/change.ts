import { check, identify } from "./look.ts";
import { type Asking, leaseOf, orderFor } from "./order.ts";
import { type NumberedStep, nameOf, type Progress } from "./progress.ts";
import { announce, order, type Reduced, type State, set, stay } from "./state.ts";

/** Puts a host to a step by sending its order. */
export function ask(state: State, host: Progress, step: Asking, change: Partial<Progress> = {}): Reduced {
  const moved = host.moved || step === "switching";
  const asked: Progress = { ...host, moved, ...change, at: step, tries: 0 };
  return order(set(state, nameOf(host), asked), asked, orderFor(state, asked, step));
}

/** From a resting place to the next thing to do: the step that is due, then the change itself. */
export function advance(state: State, host: Progress): Reduced {
  const step = dueStep(state);
  if (step !== undefined) return ask(state, host, "stepping", { step });
  const turn = state.turn + 1;
  const leasedUntil = state.now + leaseOf(state.given.component);
  return ask({ ...state, turn, hostStartedAt: state.now }, host, "arming", {
    attempt: host.attempt + 1,
    turn,
    leasedUntil,
  });
}

/** The `once` step that is due now. */
export function dueStep({ phase, given, stepped }: State): NumberedStep | undefined {
  const when = phase.name === "finishing" ? "after" : "before";
  const steps = given.component.once.map((step, index) => ({ ...step, index }));
  return steps.find((step) => step.when === when && !stepped.has(step.index));
}

/** What follows a step of the change that is done: arm → drain → switch → activate → healthy → undrain → confirm. */
export const follow: Readonly<
  Record<
    | "placing"
    | "stepping"
    | "arming"
    | "draining"
    | "switching"
    | "activating"
    | "checking"
    | "undraining"
    | "confirming",
    (state: State, host: Progress) => Reduced
  >
> = {
  placing: (state, host) => stay(set(state, nameOf(host), { at: "placed" })),
  stepping: stepped,
  arming: (state, host) => {
    const touched = { ...host, touched: true };
    return state.given.component.drain === undefined ? beforeSwitch(state, touched) : ask(state, touched, "draining");
  },
  draining: beforeSwitch,
  switching: (state, host) => ask(state, host, "activating"),
  activating: (state, host) =>
    state.given.component.healthy === undefined
      ? afterHealth(state, host)
      : check(state, { ...host, tries: 0 }, "checking"),
  checking: afterHealth,
  undraining: (state, host) => ask(state, host, "confirming"),
  confirming: (state, host) => stay(set(state, nameOf(host), { at: "confirmed", since: state.now, down: false })),
};

/** The proof `process` has to know who answered before. */
function beforeSwitch(state: State, host: Progress): Reduced {
  return state.given.component.healthy?.proof === "process" ? identify(state, host) : ask(state, host, "switching");
}

function afterHealth(state: State, host: Progress): Reduced {
  return ask(state, host, state.given.component.undrain === undefined ? "confirming" : "undraining");
}

function stepped(state: State, host: Progress): Reduced {
  const name = nameOf(host);
  const { index, when, run, reversible } = host.step;
  const now: State = {
    ...set(state, name, { at: when === "after" ? "proven" : "placed" }),
    stepped: new Set([...state.stepped, index]),
    irreversible: state.irreversible || !reversible,
  };
  return {
    state: now,
    effects: [announce({ type: "host.stepped", host: name, release: state.given.release.name, run })],
  };
}
