import type { Answer } from "../host.ts";
import { duration } from "../words.ts";
import { check, identify } from "./look.ts";
import { type Awaited, leaseOf, operations, orderFor, releaseAt } from "./order.ts";
import { nameOf, type Progress } from "./progress.ts";
import { announce, order, type Reduced, type State, set } from "./state.ts";

/** How often an order is asked again when its answer was lost, before the host counts as unknown; about half a minute. */
const patience = 6;

/** How often a host that is putting itself back is asked whether it is ready, ms. */
const busyMs = 1_000;

export type Unanswered = Extract<Answer, { readonly type: "lost" | "unreachable" }>;

export function unanswered(answer: Answer): answer is Unanswered {
  return answer.type === "lost" || answer.type === "unreachable";
}

/**
 * Not known whether it happened: the same is asked again, with a higher sequence, which also shuts out the first copy. A
 * host that is busy putting itself back is given the time that its activation may take, twice.
 */
export function waitForIt(
  state: State,
  host: Progress,
  { step, reason, busy }: { readonly step: Awaited; readonly reason: string; readonly busy: boolean },
): Reduced {
  const most = busy ? patience + (2 * state.given.component.activateWithin) / busyMs : patience;
  if (host.tries >= most) return lost(state, host, step, reason);
  const tried = { ...host, tries: host.tries + 1 };
  const after = busy ? busyMs : Math.min(8_000, 500 * 2 ** host.tries);
  return again(set(state, nameOf(host), tried), tried, step, after);
}

/** Asks once more, after so many ms. */
export function again(state: State, host: Progress, step: Awaited, after: number): Reduced {
  if (step === "identifying") return identify(state, host, after);
  if (step === "checking" || step === "verifying") return check(state, host, step, after);
  return order(state, host, orderFor(state, host, step), after);
}

function asked(step: Awaited): string {
  return step === "checking" || step === "verifying" ? "the health check" : operations[step];
}

/** Steps during which what runs there does not change. */
const still: ReadonlySet<Awaited> = new Set(["placing", "stepping", "proving", "directing"]);

function lost(state: State, host: Progress, step: Awaited, reason: string): Reduced {
  const name = nameOf(host);
  const leased = !still.has(step) && step !== "reverting" && step !== "verifying";
  const lease = duration(leaseOf(state.given.component));
  const detail = `no answer to ${asked(step)}: ${reason}${leased ? `; while unconfirmed it puts itself back within ${lease}` : ""}`;
  const change = { at: "unknown", bad: true, detail, runs: still.has(step) ? host.runs : undefined } as const;
  const said = {
    type: "host.lost",
    host: name,
    release: releaseAt(state, host),
    operation: operations[step],
    reason,
  } as const;
  return {
    state: set(state, name, { ...change, touched: host.touched || step === "arming" }),
    effects: [announce(said)],
  };
}
