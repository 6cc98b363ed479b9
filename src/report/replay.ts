import type { ReplayEnd, Replayed, ReplayedAssertion, ReplayedStage } from "../core/replay.ts";
import { replayVerdict } from "../core/replay.ts";
import { duration } from "../core/words.ts";
import { details, numbers } from "./judgement.ts";
import { clock } from "./naming.ts";
import { type Paint, paint, type Tone } from "./paint.ts";
import { plural, safe } from "./safe.ts";

type Rollout = { readonly id: string; readonly component: string; readonly version: string };

const tones: Readonly<Record<string, Tone>> = { fail: "bad", undecided: "warn", pass: "good" };

/** What a recorded rollout would have come to, and for each stage what every assertion said then and says now. */
export function replayText(rollout: Rollout, { stages, end }: Replayed, color: boolean): string {
  const colors = paint(color);
  const { component, version, id } = rollout;
  const what = `${safe(component, 60)} ${safe(version, 80)}, rollout ${safe(id, 60)}, judged again.`;
  const tone = tones[replayVerdict(end)] ?? "plain";
  const blocks = stages.map((stage) => stageLines(stage, colors).join("\n"));
  return `${[`${what}\n${colors[tone](replaySummary(end))}`, ...blocks].join("\n\n")}\n`;
}

/** One sentence. */
export function replaySummary(end: ReplayEnd): string {
  switch (end.type) {
    case "passed":
      return "Would have passed.";
    case "failed": {
      const more = details(end.judgement);
      const said = `${safe(end.judgement.assertion, 80)}: ${numbers(end.judgement)}${more === "" ? "" : `, ${more}`}`;
      return `Would have failed in stage ${safe(end.stage, 60)} after ${duration(end.after)}: ${said}.`;
    }
    case "held": {
      const want = end.open.map(({ assertion, now }) => `${safe(assertion, 80)} (${causeOf(now)})`).join("; ");
      const answer = end.blind === "hold" ? "held" : "rolled back (on_blind)";
      return `Would have been ${answer} at the end of stage ${safe(end.stage, 60)} for want of a verdict: ${want}.`;
    }
    case "cut":
      return `Nothing fails as far as was recorded, which is up to stage ${safe(end.stage, 60)}${reasonOf(end)}. What would have come then is not known.`;
  }
}

function causeOf(now: ReplayedAssertion["now"]): string {
  const [first] = now?.causes ?? [];
  return first === undefined ? "never measured" : safe(`${first.cause}: ${first.detail}`, 80);
}

function reasonOf({ reason }: Extract<ReplayEnd, { readonly type: "cut" }>): string {
  return reason === undefined ? "" : ` (${reason})`;
}

function stageLines({ section, assertions }: ReplayedStage, colors: Paint): readonly string[] {
  const { stage, startedAt, end, measurements } = section;
  const took = end === undefined ? "has no end" : `${end.state} after ${duration(end.at - startedAt)}`;
  const title = `${colors.strong(safe(stage, 60))}  ${clock(startedAt)}  ${took}, ${plural(measurements.length, "measurement")}`;
  const width = Math.min(60, Math.max(9, ...assertions.map(({ assertion }) => safe(assertion, 60).length)));
  const head = colors.quiet(`  ${"then".padEnd(9)}  ${"now".padEnd(9)}  ${"assertion".padEnd(width)}  numbers now`);
  return [title, head, ...assertions.map((one) => `  ${rowOf(one, width, startedAt, colors)}`)];
}

function rowOf(
  { assertion, before, now, failedAt }: ReplayedAssertion,
  width: number,
  startedAt: number,
  colors: Paint,
): string {
  const said = now === undefined ? "" : [numbers(now), details(now)].filter((text) => text !== "").join(", ");
  const first =
    failedAt === undefined
      ? ""
      : colors.quiet(`  first at ${clock(failedAt)}, ${duration(failedAt - startedAt)} after the stage began`);
  const verdicts = [before, now].map((one) => verdictText(one?.verdict, colors)).join("  ");
  return `${verdicts}  ${safe(assertion, 60).padEnd(width)}  ${said}${first}`.trimEnd();
}

function verdictText(verdict: string | undefined, colors: Paint): string {
  const text = (verdict ?? "-").padEnd(9);
  return colors[tones[verdict ?? ""] ?? "quiet"](text);
}
