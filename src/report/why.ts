import type { Event } from "../core/event.ts";
import { duration } from "../core/words.ts";
import { deciding } from "./deciding.ts";
import { endText } from "./end.ts";
import { hostFailure } from "./host-failure.ts";
import { judgementLines } from "./judgement.ts";
import { startSentence } from "./log.ts";
import { clock } from "./naming.ts";
import { type Paint, paint, type Tone } from "./paint.ts";
import { follow, progress, type StageProgress } from "./progress.ts";
import { plural, safe, safeTail } from "./safe.ts";

/** Why one rollout went as it did, from its events: its end page, its stages in time, and what the failing numbers were. */
export function whyText(events: readonly Event[], color: boolean): string {
  const colors = paint(color);
  const seen = progress();
  for (const event of events) follow(seen, event);
  const ended = events.findLast((event) => event.type === "rollout.ended");
  const blocks = [
    ended === undefined ? unfinished(events) : endText(ended, color).trimEnd(),
    timeline(events, [...seen.stages.values()], colors),
    deciding([...seen.stages.values()], ended?.judgements ?? [], colors),
    hostsThatFailed(events, colors),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function unfinished(events: readonly Event[]): string {
  const last = events.at(-1);
  if (last === undefined) return "Nothing is known of this rollout.";
  return `This rollout has no end: it runs, or its runner vanished. Last seen at ${clock(last.time)}: ${last.type}.`;
}

function timeline(events: readonly Event[], stages: readonly StageProgress[], colors: Paint): string {
  const start = events.find((event) => event.type === "rollout.started");
  const back = events.find((event) => event.type === "rollback.started");
  const lines = [
    ...(start === undefined ? [] : [`  ${clock(start.time)}  ${startSentence(start)}`]),
    ...stages.flatMap((stage) => stageLines(stage, colors)),
    ...(back === undefined
      ? []
      : [`  ${clock(back.time)}  rollback of ${plural(back.hosts.length, "host")}: ${back.reason}`]),
  ];
  return lines.length === 0 ? "" : [colors.strong("Timeline"), ...lines].join("\n");
}

const tones: Readonly<Record<StageProgress["state"], Tone>> = {
  waiting: "quiet",
  changing: "warn",
  baking: "warn",
  passed: "good",
  failed: "bad",
  held: "warn",
};

function stageLines(stage: StageProgress, colors: Paint): readonly string[] {
  if (stage.started === undefined) return [`  --:--:--  ${safe(stage.name, 60)}  ${colors.quiet("not started")}`];
  const took = stage.ended === undefined ? "" : ` after ${duration(stage.ended - stage.started)}`;
  const bad = stage.bad.size > 0 ? `, ${stage.bad.size} bad` : "";
  const counts = `${stage.changed.size}/${stage.hosts.size} changed${bad}`;
  const state = colors[tones[stage.state]](stage.state);
  const rows = judgementLines([...stage.readings.values()], colors, 12);
  return [
    `  ${clock(stage.started)}  ${safe(stage.name, 60)}  ${state}${took}, ${counts}`,
    ...rows.map((row) => `            ${row}`),
  ];
}

/** Hosts beyond this many are counted, and of each no more than so many lines of what it printed are shown. */
const MOST_HOSTS = 5;
const MOST_LINES = 20;

/** What hosts said when something failed on them, in order. */
function hostsThatFailed(events: readonly Event[], colors: Paint): string {
  const failed = events.filter((event) => event.type === "host.failed");
  if (failed.length === 0) return "";
  const rest = failed.length - MOST_HOSTS;
  return [
    colors.strong("What failed on hosts"),
    ...failed
      .slice(0, MOST_HOSTS)
      .flatMap((event) => [
        `  ${clock(event.time)}  ${safe(event.host, 60)}  ${hostFailure(event)}`,
        ...safeTail(event.log, MOST_LINES).map((line) => `            ${line}`),
      ]),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ].join("\n");
}
