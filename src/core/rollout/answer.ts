import type { Answer, HostRecord, Order } from "../host.ts";
import { hostNamed } from "./beside.ts";
import { cameTo } from "./bytes.ts";
import { ask, follow } from "./change.ts";
import { closed } from "./closing.ts";
import type { Input } from "./exchange.ts";
import { failed, putBack } from "./failing.ts";
import { fenced } from "./fencing.ts";
import { again, unanswered, waitForIt } from "./lost.ts";
import { type Asking, waits } from "./order.ts";
import { nameOf, type Progress } from "./progress.ts";
import { silenceAfter } from "./quiet.ts";
import { fallenByItself } from "./relapse.ts";
import { backOn, turned, verified } from "./restoring.ts";
import { hostIn } from "./roster.ts";
import { and, announce, type Reduced, type State, set, stay } from "./state.ts";
import { isSuperseded, lockedOut } from "./stopping.ts";
import { told } from "./telling.ts";

type InputOf<T extends Input["type"]> = Extract<Input, { readonly type: T }>;

/** An order's answer. One that names what the host does not wait for any more changes nothing. */
export function answered(state: State, { host: name, order, attempt, answer }: InputOf<"answered">): Reduced {
  const host = hostNamed(state, name);
  if (host === undefined) return stay(state);
  if (order === "close") return closed(state, host);
  if (order === "fence") return fenced(state, host, answer);
  const step = waits[order];
  if (host.at !== step || host.attempt !== attempt) return stay(state);
  const heard = hear(state, host, answer);
  return taken(set(state, name, heard), heard, { step, answer });
}

/** What an answer tells by itself: that the host is there, and what runs on it. */
function hear(state: State, host: Progress, answer: Answer): Progress {
  const silence = unanswered(answer) ? silenceAfter(host.silence, state.now) : undefined;
  if (answer.type !== "done" && answer.type !== "refused") return { ...host, silence };
  const { current, phase } = answer.record;
  return { ...host, silence, runs: current, phase };
}

type Answered = { readonly step: Asking; readonly answer: Answer };

function taken(state: State, host: Progress, { step, answer }: Answered): Reduced {
  if (answer.type === "running") return again(state, host, step, 0);
  if (answer.type === "refused" && isSuperseded(state, answer)) return lockedOut(state, host, answer);
  if (isGoingBack(state) && step !== "directing" && step !== "reverting") return turned(state, host, answer);
  if (unanswered(answer)) return waitForIt(state, host, { step, reason: answer.reason, busy: false });
  if (answer.type === "refused" && (answer.cause === "busy" || answer.cause === "stale"))
    return waitForIt(state, host, { step, reason: answer.detail, busy: answer.cause === "busy" });
  if (answer.type === "refused" && answer.cause === "drift" && isBackByItself(host, answer.record))
    return ask(state, { ...host, plan: { ...host.plan, from: answer.record.current } }, step);
  return answer.type === "done" ? succeeded(state, host, { step, answer }) : failed(state, host, { step, answer });
}

/** A lease of the run before this one ended after the look at the host: it is where it was put back to. */
function isBackByItself(host: Progress, record: HostRecord): boolean {
  return record.phase === "reverted" && record.current !== host.plan.from;
}

function isGoingBack({ phase }: State): boolean {
  return phase.name === "restoring" || (phase.name === "stopping" && phase.back);
}

const forward: ReadonlySet<Order["type"]> = new Set([
  "place",
  "once",
  "arm",
  "drain",
  "switch",
  "activate",
  "undrain",
  "confirm",
]);

/** Is an order that had to wait still to be sent? Nothing takes a host forward once the rollout has turned back. */
export function isWanted(state: State, order: Order["type"]): boolean {
  return !isGoingBack(state) || !forward.has(order);
}

type Done = { readonly step: Asking; readonly answer: Extract<Answer, { readonly type: "done" }> };

function succeeded(state: State, host: Progress, { step, answer }: Done): Reduced {
  const name = nameOf(host);
  const { came } = answer;
  const heard = step === "placing" ? cameTo(state, host, came) : state;
  const said: Reduced = { state: heard, effects: told(state, host, step, came).map(announce) };
  switch (step) {
    case "proving":
      return { ...said, state: set(state, name, { at: "proven" }) };
    case "directing":
      return stay(set(state, name, { ...fallenByItself(host, answer.record), at: "directed", tries: 0 }));
    case "reverting":
      return backOn(state, host);
    default:
      return and(said, (now) => follow[step](now, host));
  }
}

/** Which process was there before the switch. One that cannot be asked for is asked for again. */
export function identified(state: State, { host: name, attempt, answer }: InputOf<"identified">): Reduced {
  const host = hostIn(state.hosts, name);
  if (host?.at !== "identifying" || host.attempt !== attempt) return stay(state);
  const heard = hear(state, host, answer);
  const now = set(state, name, heard);
  if (isGoingBack(state)) return turned(now, heard, answer);
  if (answer.type === "processes") return ask(now, { ...heard, before: answer.process?.identity }, "switching");
  if (unanswered(answer)) return waitForIt(now, heard, { step: "identifying", reason: answer.reason, busy: false });
  return putBack(now, heard, { operation: "identify", cause: "failed", detail: answer.type, log: "" });
}

/** The engine's watch over a host's health has ended. A host that fell silent is neither well nor ill: it is looked at again. */
export function checked(state: State, input: InputOf<"checked">): Reduced {
  const host = hostIn(state.hosts, input.host);
  if (host === undefined || host.attempt !== input.attempt) return stay(state);
  if (host.at !== "checking" && host.at !== "verifying") return stay(state);
  const heard = { ...host, silence: input.silent ? silenceAfter(host.silence, state.now) : undefined };
  const now = set(state, input.host, heard);
  if (input.silent) return waitForIt(now, heard, { step: host.at, reason: input.detail, busy: false });
  return host.at === "verifying" ? verified(now, heard, input) : healthy(now, heard, input);
}

function healthy(state: State, host: Progress, { healthy, detail, process }: InputOf<"checked">): Reduced {
  if (!healthy) return putBack(state, host, { operation: "healthy", cause: "unhealthy", detail, log: "" });
  const said = announce({ type: "host.healthy", host: nameOf(host), release: state.given.release.name, detail });
  return and({ state, effects: [said] }, (now) => follow.checking(now, { ...host, answering: process }));
}
