import type { Event } from "../core/event.ts";
import { endText } from "./end.ts";
import { failureText } from "./failure.ts";
import { folded } from "./fold.ts";
import { type Live, startLive } from "./live.ts";
import { type Line, narrator } from "./narrate.ts";
import { paint } from "./paint.ts";
import { follow, progress } from "./progress.ts";
import type { Output, Reporter } from "./reporter.ts";
import { setText } from "./set.ts";

/** Told as lines: before the stages begin at once, afterwards when the picture is done. */
const told = new Set<Event["type"]>([
  "part.started",
  "set.measured",
  "rollout.started",
  "artifact.resolved",
  "transport.chosen",
  "plan.made",
  "warned",
  "rollout.interrupted",
  "rollout.paused",
  "rollout.resumed",
  "rollout.paced",
  "evidence.restarted",
  "rollout.aborted",
  "stage.approved",
  "approval.awaited",
  "holder.watched",
  "holder.superseded",
  "rollout.steered",
  "component.locked",
  "component.unlocked",
  "host.failed",
]);

/** So many failed hosts are told with their output; the end page and the journal have the rest. */
const MOST_FAILED = 3;

/** With the first of these the stages begin; a plan alone may be a dry run, and stays a line. */
const begins = new Set<Event["type"]>(["host.fenced", "host.placed", "stage.started", "rollback.started"]);
const ends = new Set<Event["type"]>(["rollout.ended", "set.ended", "command.failed"]);

/** The live view of a rollout: lines until the stages begin, then a picture in place, then the end page. */
export function openTty(output: Output): Reporter {
  const seen = progress();
  const tell = teller(output);
  const later: (() => void)[] = [];
  let live: Live | undefined;
  return {
    report(event) {
      follow(seen, event);
      if (live === undefined && begins.has(event.type)) live = startLive(output, seen);
      live?.advance(ends.has(event.type));
      const print = () => tell(event);
      if (live === undefined) print();
      else if (told.has(event.type) || ends.has(event.type)) later.push(print);
    },
    async close() {
      await live?.close();
      for (const print of later.splice(0)) print();
    },
  };
}

/** Prints one event, if it is one that is told. */
function teller(output: Output): (event: Event) => void {
  const narrate = narrator(false, output.color);
  let failed = 0;
  return (event) => {
    if (event.type === "host.failed") failed += 1;
    const isTold = event.type === "host.failed" ? failed <= MOST_FAILED : told.has(event.type);
    if (isTold) {
      const text = narrate(brief(event))
        .map((line) => lineText(line, output.color))
        .join("");
      if (event.type === "warned") output.warn(text);
      else output.write(text);
    }
    if (event.type === "rollout.ended") output.write(`\n${folded(endText(event, output.color), output.columns)}`);
    if (event.type === "set.ended") output.write(`\n${folded(setText(event, output.color), output.columns)}`);
    if (event.type === "command.failed") output.warn(failureText(event, output.color));
  };
}

/** A whole digest would take a line of its own on a narrow terminal; the journal and the other views have it. */
function brief(event: Event): Event {
  return event.type === "artifact.resolved" ? { ...event, digest: event.digest.slice(0, 12) } : event;
}

function lineText({ tone, text, block }: Line, color: boolean): string {
  const colors = paint(color);
  return `${[colors[tone](text), ...block.map((one) => `  ${colors.quiet("│")} ${one}`)].join("\n")}\n`;
}
