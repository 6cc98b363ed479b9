import type { ChangeKind } from "../core/change-set.ts";
import type { Event } from "../core/event.ts";
import { partText } from "../core/set-text.ts";
import { duration } from "../core/words.ts";
import { columns } from "./columns.ts";
import { marks } from "./end.ts";
import { paint } from "./paint.ts";
import type { EventOf } from "./reporter.ts";
import { safe } from "./safe.ts";

/** What becomes of the other parts when one fails, as the plan says it. */
export function remedyText(remedy: readonly ChangeKind[] | undefined): string {
  if (remedy === undefined) return "all of them are put back, newest first";
  return `they are put back in this order: ${remedy.join(", ")}; after each it is measured whether that was enough`;
}

/** `part 2 of 3: flag:lxc on`. */
export function partSentence({ set, index, direction, parts }: EventOf<"part.started">): string {
  const part = parts[index - 1];
  const what = part === undefined ? "" : safe(partText(part), 120);
  const back = direction === "rollback" ? " is put back" : "";
  return `part ${index} of ${parts.length} of the set ${safe(set, 20)}: ${what}${back}`;
}

export function measuredSentence({ verdict, took }: EventOf<"set.measured">): string {
  const said = { pass: "the service is well again", fail: "the service is not well", undecided: "no verdict" }[verdict];
  return `measured for ${duration(took)} since: ${said}`;
}

/** How a set ended, above the reasons of its parts; nothing where the events are of one rollout, or its end is not known here. */
export function whySetText(events: readonly Event[], color: boolean): string {
  const ends = events.filter((event) => event.type === "set.ended");
  const last = ends.sort((a, b) => a.time.localeCompare(b.time)).at(-1);
  return last === undefined ? "" : `${setText(last, color)}\n`;
}

/** The last page of a set: how it ended, and how each of its parts stands. */
export function setText(event: EventOf<"set.ended">, color: boolean): string {
  const colors = paint(color);
  const [mark, tone] = marks[event.outcome];
  const rows = event.parts.map((part, at) => [
    `${at + 1}`,
    safe(partText(part), 80),
    safe(part.state, 40),
    part.rollout === null ? "" : `rollout ${safe(part.rollout, 60)}`,
  ]);
  const why = event.why === undefined ? "" : `, because: ${safe(event.why, 200)}`;
  return [
    `${colors[tone](`${mark} ${event.outcome}`)}  ${colors.strong(setName(event))}`,
    `  ${safe(event.summary, 800)}`,
    "",
    ...columns(rows).map((line) => `  ${line}`),
    "",
    ...(event.hint === undefined ? [] : [`  ${safe(event.hint, 300)}`]),
    colors.quiet(`  By ${safe(event.by, 80)} in ${duration(event.took)}${why}. Exit ${event.exit}.`),
    "",
  ].join("\n");
}

/** One of which nothing was to do has no name. */
function setName({ set, component }: EventOf<"set.ended">): string {
  return `change set ${set === "" ? "" : `${safe(set, 20)} `}of ${safe(component, 60)}`;
}
