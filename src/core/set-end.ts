import type { Part, Standing } from "./change-set.ts";
import type { Outcome } from "./error.ts";
import type { EndPart } from "./set-event.ts";

type How = {
  /** undefined: it was no part of what was done. */
  readonly standing: Standing | undefined;
  readonly rollout: string | undefined;
  /** How the set ended. */
  readonly outcome: Outcome;
};

/** A part as the set's last page shows it. */
export function endPart({ change, kind, version }: Part, { standing, rollout, outcome }: How): EndPart {
  return { change, kind, version, rollout: rollout ?? null, state: stateText(standing, outcome) };
}

function stateText(standing: Standing | undefined, outcome: Outcome): string {
  switch (standing) {
    case undefined:
      return outcome === "done" ? "proven already" : "left as it was";
    case "waiting":
      return "not begun";
    case "proven":
      return outcome === "rolled-back" || outcome === "stuck" ? "stays" : "proven";
    case "back":
      return "put back";
    case "turned":
    case "astray":
      return "not wholly put back";
    case "stopped":
      return outcome;
  }
}

/** What to do next, for each way in which a set ends. */
export function hintFor(outcome: Outcome, component: string, set: string): string | undefined {
  const back = `ship rollback -c ${component}`;
  switch (outcome) {
    case "done":
      return undefined;
    case "rolled-back":
      return `ship why ${set} shows the evidence. To try it again: the same command with --retry-bad --reason TEXT.`;
    case "stuck":
      return `When that is mended, put all of it back: ${back}`;
    case "held":
    case "interrupted":
      return `To go on: the same command. To put all of it back: ${back}`;
    default:
      return "When that is over, the same command goes on.";
  }
}
