import type { HostRecord } from "../host.ts";
import { versionOf } from "../release.ts";
import { hostsOf } from "./hosts.ts";
import { nameOf, type Progress } from "./progress.ts";
import { type Ending, type Phase, type Reduced, type State, stay } from "./state.ts";
import { causes, listed } from "./text.ts";

type Restoring = Extract<Phase, { readonly name: "restoring" }>;

/** Was the host in service before its revert, so that one which ends badly took something away? */
export function wasServing(state: State, host: Progress): boolean {
  return host.fell || (!host.bad && !host.down) || isTriedAgain(state, host);
}

/**
 * Since it was looked at its lease ended, and it could not go back: it is out of service, so that another try costs nothing,
 * and what it went back to is no better as far as is known.
 */
export function fallenByItself({ plan, bad, down }: Progress, { attempt, phase }: HostRecord): Partial<Progress> {
  const isNew = phase === "revert-failed" && !plan.expect.endsWith(`.${attempt}.${phase}`);
  return isNew && !bad && !down ? { down: true, fell: true } : {};
}

/**
 * A rollback finds this host on its good release already, and out of service there: an earlier one put it there. It is looked
 * at before any other goes, so that asking again and again does not take down one host more each time.
 */
export function isTriedAgain({ given }: State, { plan }: Progress): boolean {
  const isOutThere = plan.from === plan.back && plan.back !== "" && plan.healthy === false;
  return given.plan.direction === "rollback" && plan.action === "change" && isOutThere;
}

/**
 * Is what the hosts go back to no better? As many as may be out at once were well until they were put back, are not well
 * there, and are more than those that are: whoever is still in service stays so.
 */
export function isRelapse(state: State, width: number): boolean {
  const hosts = hostsOf(state);
  const fell = hosts.filter((host) => host.fell).length;
  return fell >= width && fell > hosts.filter((host) => isWellAgain(state, host)).length;
}

/** Put back by this run or, in a rollback that is gone on with, by one before it. */
function isWellAgain({ given }: State, { at, plan }: Progress): boolean {
  const before = given.plan.direction === "rollback" && plan.action === "none" && plan.detail === undefined;
  return plan.back !== "" && (at === "restored" || (before && plan.healthy !== false));
}

/** Stops with the hosts that are in service left where they are. */
export function stopRelapse(state: State, { ending }: Restoring): Reduced {
  const isAsked = ending.reason === "rolled-back-by-request";
  const before = isAsked ? `${state.given.component.name} was rolled back in part.` : ending.summary;
  const stopped: Ending = { outcome: "stuck", reason: "environment", ...texts(state, before) };
  return stay({ ...state, phase: { name: "stopping", ending: stopped, deadline: undefined, back: true } });
}

function texts(state: State, before: string): Pick<Ending, "summary" | "hint"> {
  const { component } = state.given;
  const fell = hostsOf(state).filter((host) => host.fell);
  const rest = hostsOf(state).filter((host) => host.at === "directed");
  const on = [...new Set(rest.map((host) => versionOf(`${host.runs}`) ?? "what they run"))].sort().join(", ");
  const skip = fell.map((host) => `--skip-hosts ${nameOf(host)}`).join(" ");
  return {
    summary: `${before} What the hosts go back to is no better: ${causes(fell)}. So ${listed(rest)} stay on ${on}.`,
    hint: `Mend what they share, then put the rest back: ship rollback -c ${component.name}. If only these hosts are ill: ship rollback -c ${component.name} ${skip}`,
  };
}
