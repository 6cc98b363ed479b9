import { advance, ask, dueStep } from "./change.ts";
import { finish } from "./closing.ts";
import { hold } from "./fail.ts";
import { countOfStage, hostsOf, hostsOfStage } from "./hosts.ts";
import { isHalted } from "./pacing.ts";
import { isBad, isChanged, type Progress } from "./progress.ts";
import { enterStage } from "./stage.ts";
import { and, announce, each, type Reduced, type State, stay, type Turn } from "./state.ts";
import { causes } from "./text.ts";

/** Proven is written to the stage's hosts: from now on they keep the release whatever dies. */
export function enterProving(state: State, { index, stage }: Turn): Reduced {
  const hosts = hostsOfStage(state, index).filter((host) => host.at === "confirmed");
  return each({ ...state, phase: { name: "proving", index, stage } }, hosts, (now, host) => ask(now, host, "proving"));
}

/** A stage that passed and could not be written down is no reason to put anything back: the next run bakes it again. */
export function pumpProving(state: State, turn: Turn): Reduced {
  const { index, stage } = turn;
  if (countOfStage(state, index, isProving) > 0) return stay(state);
  const bad = hostsOfStage(state, index, isBad);
  if (bad.length > stage.maxFailed)
    return hold(
      state,
      turn,
      "unreachable",
      `it passed, and that could not be written down on every host (${causes(bad)})`,
    );
  const judgements = [...state.judgements.values()];
  const passed = announce({ type: "stage.passed", stage: stage.name, index, judgements });
  return and({ state, effects: [passed] }, (now) => enterStage(now, index + 1));
}

function isProving({ at }: Progress): boolean {
  return at === "proving";
}

/** Steps that run after everything else, on the first host that has the release. */
export function pumpFinishing(state: State): Reduced {
  if (hostsOf(state).some((host) => host.at === "stepping") || isHalted(state)) return stay(state);
  const host = hostsOf(state).find(isChanged);
  return dueStep(state) === undefined || host === undefined ? finish(state) : advance(state, host);
}
