import type { HostRecord, Phase } from "../core/host.ts";
import { isVersion } from "../core/release.ts";
import { type Frame, field } from "./frame.ts";

const phases: Readonly<Record<Phase, true>> = {
  idle: true,
  armed: true,
  switched: true,
  confirmed: true,
  proven: true,
  reverting: true,
  reverted: true,
  "revert-failed": true,
};

/** Characters; more than any text of a record has. */
const longest = 1000;

const texts = ["run", "rollout", "open", "current", "target", "good", "holder"];

/** The record that an answer carries; undefined when it does not carry a whole one. */
export function readRecord(frame: Frame): HostRecord | undefined {
  const phase = field(frame, "phase");
  const direction = field(frame, "direction");
  const [generation, sequence, attempt] = ["generation", "sequence", "attempt"].map((key) => count(frame, key));
  if (generation === undefined || sequence === undefined || attempt === undefined) return undefined;
  if (!isPhase(phase) || (direction !== "forward" && direction !== "rollback")) return undefined;
  const text = (key: string) => field(frame, key) ?? "";
  if (texts.some((key) => text(key).length > longest)) return undefined;
  if (!["run", "rollout", "open"].every((key) => isId(text(key)))) return undefined;
  return {
    ...{ generation, run: text("run"), sequence, rollout: text("rollout"), attempt, phase, direction },
    ...{ current: text("current"), target: text("target"), good: text("good") },
    ...{ open: text("open"), holder: text("holder") },
  };
}

/** A rollout's id names files here, and is carried to other hosts: one host must not make it a path. */
function isId(text: string): boolean {
  return text === "" || isVersion(text);
}

/** A whole number, or undefined: a host is not trusted to send one. */
export function count(frame: Frame, key: string): number | undefined {
  const text = field(frame, key) ?? "";
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

function isPhase(text: string | undefined): text is Phase {
  return text !== undefined && Object.hasOwn(phases, text);
}
