import type { EndReason } from "../event.ts";
import { close } from "./closing.ts";
import { goesBack, restore } from "./restoring.ts";
import { and, announce, type Ending, type Reduced, type State } from "./state.ts";

/** The change failed in stage `index`: everything goes back, unless that is forbidden or nothing live was touched. */
export function fail(state: State, index: number, reason: EndReason, detail: string): Reduced {
  const stage = state.given.plan.stages[index]?.name ?? "";
  const judgements = [...state.judgements.values()].filter((judgement) => judgement.verdict === "fail");
  const said = announce({ type: "stage.failed", stage, index, reason, detail, judgements });
  return and({ state, effects: [said] }, (now) =>
    turn(now, reason, `${now.given.plan.version} failed in stage ${stage}: ${detail}.`),
  );
}

function turn(state: State, reason: EndReason, text: string): Reduced {
  const { component, options } = state.given;
  if (![...state.hosts.values()].some(goesBack)) return stop(state, untouched(state, reason, text));
  const mend = `ship rollback -c ${component.name}`;
  if (state.irreversible) {
    const summary = `${text} A step ran that cannot be undone, so nothing was put back.`;
    return stop(state, {
      outcome: "stuck",
      reason: "irreversible",
      summary,
      hint: `Ship a version that mends it, or put the hosts back all the same: ${mend}`,
    });
  }
  if (options.onFailure === "hold") {
    return stop(state, {
      outcome: "stuck",
      reason: "on-failure-hold",
      summary: `${text} Nothing was put back, as asked.`,
      hint: `To put the hosts back: ${mend}`,
    });
  }
  const summary = `${text} Every host that it had touched is back.`;
  return restore(
    state,
    {
      outcome: "rolled-back",
      reason,
      summary,
      hint: `ship why shows the evidence. The hosts run what was last proven on them.`,
    },
    reason === "assertion-failed",
  );
}

/** Nothing live was touched: it is a refusal, or the hosts could not be reached. */
function untouched(state: State, reason: EndReason, text: string): Ending {
  const bad = [...state.hosts.values()].filter((host) => host.bad);
  const away = bad.length > 0 && bad.every((host) => host.at === "unknown");
  const summary = `${text} Nothing live was touched.`;
  const hint = "Mend what is named, then run the same command again.";
  return away
    ? { outcome: "unreachable", reason: "unreachable", summary, hint }
    : { outcome: "refused", reason, summary, hint };
}

/** Too many hosts of stage `index` could not be fenced: nothing is begun. */
export function refuse(state: State, index: number): Reduced {
  const stage = state.given.plan.stages[index];
  const summary = `${behindText(state)} could not be fenced, and stage ${stage?.name} may lose ${stage?.maxFailed}. Nothing live was touched.`;
  const hint = "Bring them back, leave them out with --skip-hosts, or allow for them with max_failed.";
  return close(state, { outcome: "unreachable", reason: "unreachable", summary, hint });
}

/** Stops where it is: proven stages stay, and the next run goes on. */
export function hold(state: State, index: number, reason: EndReason, detail: string): Reduced {
  const stage = state.given.plan.stages[index]?.name ?? "";
  const said = announce({
    type: "stage.held",
    stage,
    index,
    reason,
    detail,
    judgements: [...state.judgements.values()],
  });
  const { component, plan } = state.given;
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
  return { state: { ...state, phase: { name: "stopping", ending, deadline: undefined } }, effects: [] };
}

/** The hosts that did not come along, by name. */
export function behindText(state: State): string {
  const bad = [...state.hosts.values()].filter((host) => host.bad).map((host) => host.plan.host);
  return bad.length > 5 ? `${bad.slice(0, 5).join(", ")} and ${bad.length - 5} more` : bad.join(", ");
}
