import type { Answer, Claim, Refusal } from "../core/host.ts";
import { type Frame, field, quote } from "./frame.ts";
import { readCame } from "./origin.ts";
import { claims, prelude } from "./prelude.ts";
import { hostProgram } from "./program.ts";
import { readRecord } from "./record.ts";
import { type Program, run, type Site } from "./run.ts";

/** Sends an order that is done when it is answered. `text` runs after `prelude` and `claims`. */
export async function order(site: Site, claim: Claim, program: Program): Promise<Answer> {
  return send(site, claim, { ...program, text: prelude + claims + program.text });
}

/** Sends an order that starts something which goes on without us; `text` finds all of `hostProgram`'s functions. */
export async function jobOrder(site: Site, claim: Claim, program: Program): Promise<Answer> {
  const { path, component } = site.place;
  const kept = hostProgram({ path, component, host: site.host.name });
  return send(site, claim, { ...program, text: `host_sh=${quote(kept)}\neval "$host_sh"\n${program.text}` });
}

async function send(site: Site, claim: Claim, program: Program): Promise<Answer> {
  const claimed = { c_generation: claim.generation, c_run: claim.run, c_sequence: claim.sequence };
  return answerTo(site, { ...program, words: { ...claimed, ...program.words } });
}

/** Runs a program that answers as orders do. */
export async function answerTo(site: Site, program: Program): Promise<Answer> {
  const { frame, answer } = await run(site, program);
  if (frame === undefined) return answer;
  return readAnswer(frame) ?? { type: "lost", reason: "the host's answer makes no sense" };
}

function readAnswer(frame: Frame): Answer | undefined {
  const record = readRecord(frame);
  const detail = field(frame, "detail") ?? "";
  switch (field(frame, "answer")) {
    case "done":
      return record && { type: "done", record, ...readCame(frame) };
    case "running":
      return { type: "running" };
    case "heard":
      return { type: "heard", word: field(frame, "word") ?? "" };
    case "failed":
      return { type: "failed", detail, log: wholeLines(frame.body) };
    case "refused":
      return record && refused(field(frame, "cause"), detail, record);
    default:
      return undefined;
  }
}

/** The programs on a host tell 4096 bytes of a log at most, from which the shell takes the empty lines at the end. */
const nearlyCut = 4000;

/** A tail begins where it happens to: what is left of its first line may be half of a secret, which nobody would know for one. */
function wholeLines(log: string): string {
  return Buffer.byteLength(log) < nearlyCut ? log : log.slice(log.indexOf("\n") + 1);
}

function refused(
  cause: string | undefined,
  detail: string,
  record: Extract<Answer, { type: "refused" }>["record"],
): Answer | undefined {
  if (!isRefusal(cause)) return undefined;
  return { type: "refused", cause, detail: detail === "" ? reasons[cause] : detail, record };
}

function isRefusal(text: string | undefined): text is Refusal {
  return text !== undefined && Object.hasOwn(reasons, text);
}

const reasons: Readonly<Record<Refusal, string>> = {
  stale: "a newer run or order was seen",
  moved: "the host's record is not the one that was observed",
  locked: "the component is closed to rollouts",
  phase: "the order does not fit where the host is",
  reverted: "the lease ran out, and the host put itself back",
  attempt: "the order belongs to another try",
  drift: "the current link is not where it was observed",
  missing: "a release that is needed is not on the disk",
  busy: "the host is putting itself back",
  disk: "there is not enough room on the disk",
  bytes: "the length or the digest of the bytes is wrong",
  tools: "a program that is needed is not installed",
};
