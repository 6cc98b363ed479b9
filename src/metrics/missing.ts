import type { Answer } from "../core/host.ts";
import type { Cause, Reading } from "../core/sample.ts";

/** A reading that is none, and why. */
export function failed(detail: string, cause: Cause = "provider-error"): Reading {
  return { type: "missing", cause, detail };
}

/** A host that gave another answer than the one that was asked for. */
export function unanswered(answer: Answer): Reading {
  switch (answer.type) {
    case "lost":
    case "unreachable":
      return failed(answer.reason);
    case "failed":
    case "refused":
      return failed(answer.detail);
    default:
      return failed(`the host answered with ${answer.type}`);
  }
}
