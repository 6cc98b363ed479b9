import type { Event } from "../core/event.ts";
import type { Judgement } from "../core/judge.ts";
import type { Plan } from "../core/plan.ts";
import { bytes, duration } from "../core/words.ts";
import { bytesNarrator } from "./bytes.ts";
import { deliveryText } from "./delivery.ts";
import { hostFailure } from "./host-failure.ts";
import { details, judgementLines, numbers } from "./judgement.ts";
import { sentence, startSentence } from "./log.ts";
import { clock, moveText, releaseText } from "./naming.ts";
import { paint, type Tone } from "./paint.ts";
import { follow, isWork, type Progress, progress } from "./progress.ts";
import type { EventOf } from "./reporter.ts";
import { hostsText, plural, safe, safeTail } from "./safe.ts";
import { measuredSentence, partSentence } from "./set.ts";
import { steeredSentence } from "./steered.ts";

/** One line of a log that people read, escaped; `block` stands under it, the end of a host's output or the numbers. */
export type Line = { readonly tone: Tone; readonly text: string; readonly block: readonly string[] };

/** Two lines of one assertion are at least this far apart, ms: one that flaps does not fill the log. */
const APART = 5_000;
const LOG_LINES = 20;

type Narrator = (event: Event) => readonly Line[];

/** Events as a quiet log: a line for what matters, one for each host and stage. `verbose` adds a line for all the rest. */
export function narrator(verbose: boolean, color: boolean): Narrator {
  const seen = progress();
  const told = new Map<string, { readonly verdict: string; readonly at: number }>();
  const narrateBytes = bytesNarrator();
  return (event) => {
    follow(seen, event);
    const way = narrateBytes(event);
    if (way !== undefined) return [line(event.type === "host.placed" ? "warn" : "plain", way)];
    if (event.type === "assertion.judged" && !verbose) return verdictLines(event, told);
    const lines = event.type.startsWith("host.") ? hostLines(event, seen) : stageLines(event, color);
    return lines.length > 0 || !verbose || isPage(event) ? lines : [line("quiet", `${event.type}  ${sentence(event)}`)];
  };
}

/** Ends and failures are pages of their own, which the views print. */
function isPage(event: Event): boolean {
  return pages.has(event.type);
}

const pages = new Set<Event["type"]>(["rollout.ended", "set.ended", "command.failed", "command.ended"]);

function line(tone: Tone, text: string, block: readonly string[] = []): Line {
  return { tone, text, block };
}

function hostLines(event: Event, seen: Progress): readonly Line[] {
  switch (event.type) {
    case "host.confirmed":
      return [
        line(
          "plain",
          `${inStage(event.host, seen)}changed ${moveText(seen.from.get(event.host), event.release)}${since(event, seen)}`,
        ),
      ];
    case "host.reverted":
      return [
        line("plain", `${inStage(event.host, seen)}is back on ${releaseText(event.release)}${rollbackCount(seen)}`),
      ];
    case "host.failed":
      return [line("bad", `${inStage(event.host, seen)}failed: ${hostFailure(event)}`, safeTail(event.log, LOG_LINES))];
    case "host.lost":
      return [
        line(
          "bad",
          `${inStage(event.host, seen)}gave no answer to ${safe(event.operation, 40)}: ${safe(event.reason)}`,
        ),
      ];
    case "host.stepped":
      return [line("plain", `${inStage(event.host, seen)}ran ${safe(event.run, 120)}`)];
    default:
      return [];
  }
}

function inStage(host: string, seen: Progress): string {
  const stage = seen.rollback === undefined ? seen.stageOf.get(host) : "rollback";
  return `${stage === undefined ? "" : `${safe(stage, 60)}  `}${safe(host, 120)}  `;
}

function since(event: Event & { readonly host: string }, seen: Progress): string {
  const start = seen.since.get(event.host);
  return start === undefined ? "" : ` in ${duration(Date.parse(event.time) - start)}`;
}

function rollbackCount(seen: Progress): string {
  return seen.rollback === undefined ? "" : ` (${seen.rollback.back.size}/${seen.rollback.hosts})`;
}

function verdictLines(
  { judgement, stage, time }: EventOf<"assertion.judged">,
  told: Map<string, { readonly verdict: string; readonly at: number }>,
): readonly Line[] {
  const key = `${stage ?? ""}\n${judgement.assertion}`;
  const last = told.get(key);
  const at = Date.parse(time);
  if (
    last === undefined ? judgement.verdict === "undecided" : last.verdict === judgement.verdict || at - last.at < APART
  )
    return [];
  told.set(key, { verdict: judgement.verdict, at });
  const more = details(judgement);
  const where = stage === undefined ? "" : `${safe(stage, 60)}  `;
  const text = `${where}${judgement.verdict}  ${safe(judgement.assertion, 80)}: ${numbers(judgement)}${more === "" ? "" : `, ${more}`}`;
  return [line(judgement.verdict === "fail" && !judgement.observeOnly ? "bad" : "plain", text)];
}

function stageLines(event: Event, color: boolean): readonly Line[] {
  switch (event.type) {
    case "stage.started":
      return [
        line(
          "strong",
          `${safe(event.stage, 60)}  ${plural(event.hosts.length, "host")}, ${event.width} at a time: ${hostsText(event.hosts)}`,
        ),
      ];
    case "bake.started":
      return [
        line("plain", `${safe(event.stage, 60)}  bake of ${duration(event.duration)}, until ${clock(event.until)}`),
      ];
    case "stage.passed":
      return [line("good", `${safe(event.stage, 60)}  passed`, rows(event.judgements, color))];
    case "stage.failed":
      return [line("bad", `${safe(event.stage, 60)}  failed: ${safe(event.detail)}`, rows(event.judgements, color))];
    case "stage.held":
      return [line("warn", `${safe(event.stage, 60)}  held: ${safe(event.detail)}`, rows(event.judgements, color))];
    case "rollback.started":
      return [
        line(
          "warn",
          `rollback  ${plural(event.hosts.length, "host")}, ${event.width} at a time: ${hostsText(event.hosts)}`,
        ),
      ];
    default:
      return rolloutLines(event, color);
  }
}

function rows(judgements: readonly Judgement[], color: boolean): readonly string[] {
  return judgementLines(
    judgements.map((judgement) => ({ judgement, values: [] })),
    paint(color),
    40,
  );
}

function rolloutLines(event: Event, color: boolean): readonly Line[] {
  switch (event.type) {
    case "rollout.started":
      return [
        line(
          "strong",
          `${startSentence(event)}${event.rollout === undefined ? "" : ` (rollout ${safe(event.rollout, 60)})`}`,
        ),
      ];
    case "artifact.resolved":
      return [line("plain", `${safe(event.release, 100)} is ${bytes(event.size)}, sha256 ${safe(event.digest, 80)}`)];
    case "plan.made":
      return [
        ...planLines(event.plan),
        ...(event.delivery === undefined ? [] : [line("plain", `bytes ${deliveryText(event.delivery)}`)]),
      ];
    case "transport.chosen":
      return [
        line(
          "plain",
          `ssh ${safe(event.transport, 20)} for ${plural(event.hosts.length, "host")}: ${safe(event.reason, 200)}`,
        ),
      ];
    case "rollout.interrupted":
      return [line("warn", `interrupted by ${safe(event.signal, 20)}: finishing the hosts in hand`)];
    case "rollout.paused":
    case "rollout.resumed":
    case "rollout.aborted":
      return [line("warn", `${event.type.slice("rollout.".length)} ${steeredSentence(event)}`)];
    case "rollout.paced":
    case "evidence.restarted":
    case "stage.approved":
    case "approval.awaited":
    case "holder.watched":
    case "holder.superseded":
      return [line("warn", steeredSentence(event))];
    case "part.started":
      return [line("strong", partSentence(event))];
    case "set.measured":
      return [line(event.verdict === "pass" ? "good" : "warn", measuredSentence(event), rows(event.judgements, color))];
    case "rollout.steered":
      return [line("strong", steeredSentence(event))];
    case "component.locked":
    case "component.unlocked":
      return [line("strong", steeredSentence(event), missedLines(event))];
    case "warned":
      return [line("warn", safe(event.text, 1000), event.hint === undefined ? [] : [safe(event.hint, 1000)])];
    default:
      return [];
  }
}

function missedLines({ missed }: EventOf<"component.locked" | "component.unlocked">): readonly string[] {
  return missed.map((text) => `not told: ${safe(text, 200)}`);
}

function planLines(plan: Plan): readonly Line[] {
  const stages = plan.stages.filter(isWork);
  const hosts = plan.stages.flatMap((stage) => stage.hosts);
  const absent = hosts.filter(({ action }) => action === "absent").map(({ host }) => host);
  const work = hosts.filter(({ action }) => action === "change" || action === "bake");
  const names = stages.map((stage) => safe(stage.name, 60)).join(", ");
  const size = `${plural(work.length, "host")} in ${plural(stages.length, "stage")} (${names}), at least ${duration(plan.least)}`;
  const missing =
    absent.length === 0 ? [] : [line("warn", `${plural(absent.length, "host")} not reached: ${hostsText(absent)}`)];
  return [line("plain", stages.length === 0 ? "plan  nothing to do" : `plan  ${size}`), ...missing];
}
