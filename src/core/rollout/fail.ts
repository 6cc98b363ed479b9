import { closedTexts, unlockHint } from "../closed.ts";
import type { EndReason } from "../event.ts";
import { lastStage } from "../plan.ts";
import { close } from "./closing.ts";
import { hostsOf } from "./hosts.ts";
import { restore } from "./restoring.ts";
import { and, announce, type Ending, type Reduced, type Refused, type State, type Turn } from "./state.ts";
import { badHosts, listed } from "./text.ts";

/** The change failed in a stage: everything goes back, unless that is forbidden or nothing live was touched. */
export function fail(state: State, { index, stage }: Turn, reason: EndReason, detail: string): Reduced {
  const judgements = [...state.judgements.values()].filter((judgement) => judgement.verdict === "fail");
  const said = announce({ type: "stage.failed", stage: stage.name, index, reason, detail, judgements });
  const text = `${state.given.plan.version} failed in stage ${stage.name}: ${detail}.`;
  return and({ state, effects: [said] }, (now) => turnBack(now, reason, text));
}

function turnBack(state: State, reason: EndReason, text: string): Reduced {
  const mend = `ship rollback -c ${state.given.component.name}`;
  const hosts = hostsOf(state);
  if (!hosts.some((host) => host.touched))
    return stop(state, untouched(state, reason, `${text} Nothing live was touched.`));
  if (!hosts.some((host) => host.moved))
    return restore(state, untouched(state, reason, `${text} No host was switched.`), false);
  if (state.irreversible) {
    const summary = `${text} A step ran that cannot be undone, so the hosts stay where they are.`;
    const hint = `Ship a version that mends it, or put the hosts back all the same: ${mend}`;
    return stop(state, { outcome: "stuck", reason: "irreversible", summary, hint });
  }
  if (state.given.options.onFailure === "hold") {
    const summary = `${text} The hosts stay where they are, as asked.`;
    return stop(state, { outcome: "stuck", reason: "on-failure-hold", summary, hint: `To put them back: ${mend}` });
  }
  const hint = "ship why shows the evidence. The hosts run what was last proven on them.";
  return restore(state, { outcome: "rolled-back", reason, summary: text, hint }, reason === "assertion-failed");
}

/** No host left its release: it is a refusal, or the hosts could not be reached. */
function untouched(state: State, reason: EndReason, summary: string): Ending {
  const bad = badHosts(state);
  const away = bad.length > 0 && bad.every((host) => host.at === "unknown");
  const hint = "Mend what is named, then run the same command again.";
  return away
    ? { outcome: "unreachable", reason: "unreachable", summary, hint }
    : { outcome: "refused", reason, summary, hint };
}

/** Too many hosts of a stage could not be fenced: nothing is begun. */
export function refuse(state: State, { name, maxFailed }: Turn["stage"]): Reduced {
  const summary = `${listed(badHosts(state))} could not be taken over, and stage ${name} may lose ${maxFailed}. Nothing live was touched.`;
  const hint = "Bring them back, leave them out with --skip-hosts, or allow for them with max_failed.";
  return close(state, { outcome: "unreachable", reason: "unreachable", summary, hint });
}

/** Somebody closed the component by hand after it was looked at; one host that says so is enough. */
export function refuseLocked(state: State, locks: ReadonlyMap<string, Refused>): Reduced {
  const { name } = state.given.component;
  const hosts = [...locks].map(([host, { detail }]) => ({ host, sign: detail }));
  const summary = `${closedTexts(name, hosts).join("; ")}; that was done after the hosts were looked at. Nothing live was touched.`;
  return close(state, { outcome: "refused", reason: "locked", summary, hint: unlockHint(name) });
}

/** Stops where it is, in a stage or (undefined) at the last steps: proven stages stay, and the next run goes on. */
export function hold(state: State, turn: Turn | undefined, reason: EndReason, detail: string): Reduced {
  const { component, plan } = state.given;
  const stage = turn?.stage.name ?? lastStage(plan);
  const index = turn?.index ?? plan.stages.length - 1;
  const judgements = [...state.judgements.values()];
  const said = announce({ type: "stage.held", stage, index, reason, detail, judgements });
  const ending: Ending = {
    outcome: "held",
    reason,
    summary: `${plan.version} is held in stage ${stage}: ${detail}.`,
    hint: `To go on: ship -c ${component.name} --version ${plan.version}. To put it back: ship rollback -c ${component.name}`,
  };
  return and({ state, effects: [said] }, (now) => stop(now, ending));
}

/** No host is started any more; those in hand are finished. */
export function stop(state: State, ending: Ending): Reduced {
  return { state: { ...state, phase: { name: "stopping", ending, deadline: undefined, back: false } }, effects: [] };
}
