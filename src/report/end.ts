import type { Outcome } from "../core/error.ts";
import type { EndHost } from "../core/event.ts";
import { duration, grouped } from "../core/words.ts";
import { columns } from "./columns.ts";
import { endGroups } from "./hosts.ts";
import { judgementLines } from "./judgement.ts";
import { type Paint, paint, type Tone } from "./paint.ts";
import type { EventOf } from "./reporter.ts";
import { hostsText, plural, safe } from "./safe.ts";

type Ended = EventOf<"rollout.ended">;

const MOST_ASSERTIONS = 6;
const MOST_GROUPS = 7;
const MOST_MENDS = 4;

/**
 * The page at the end of a rollout: what happened, on what evidence, on which hosts, who and why, and what to do next.
 * Under 30 lines for any number of hosts: like hosts share a line, and what is cut is counted.
 */
export function endText(event: Ended, color: boolean): string {
  const colors = paint(color);
  const rows = event.judgements.map((judgement) => ({ judgement, values: [] }));
  const blocks = [
    headline(event, colors),
    indented(judgementLines(rows, colors, MOST_ASSERTIONS)),
    indented(hostLines(event.hosts, colors)),
    indented(mendLines(event.hosts)),
    indented(footer(event, colors)),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

/** How an outcome is marked. */
export const marks: Readonly<Record<Outcome, readonly [string, Tone]>> = {
  done: ["✔", "good"],
  bug: ["✖", "bad"],
  usage: ["✖", "bad"],
  "rolled-back": ["✖", "bad"],
  stuck: ["✖", "bad"],
  locked: ["■", "warn"],
  refused: ["■", "warn"],
  unreachable: ["✖", "bad"],
  held: ["■", "warn"],
  failing: ["✖", "bad"],
  interrupted: ["■", "warn"],
};

function headline(event: Ended, colors: Paint): readonly string[] {
  const [mark, tone] = marks[event.outcome];
  const what = colors.strong(`${safe(event.component, 60)} ${safe(event.version, 80)}`);
  return [`${colors[tone](`${mark} ${event.outcome}`)}  ${what}`, `  ${safe(event.summary, 400)}`];
}

function hostLines(hosts: readonly EndHost[], colors: Paint): readonly string[] {
  const groups = endGroups(hosts);
  const shown = groups.slice(0, groups.length > MOST_GROUPS ? MOST_GROUPS - 1 : MOST_GROUPS);
  const cells = shown.map(({ state, version, names, detail }) => [
    state,
    String(names.length),
    version,
    hostsText(names, 100),
    detail,
  ]);
  const lines = columns(cells).map((line, at) => toned(line, shown[at]?.tone ?? "plain", colors));
  const rest = groups.slice(shown.length).flatMap(({ names }) => names);
  return rest.length === 0 ? lines : [...lines, `… and ${plural(rest.length, "more host")}`];
}

/** Only the state's word is coloured. */
function toned(line: string, tone: Tone, colors: Paint): string {
  const end = line.indexOf(" ");
  return `${colors[tone](line.slice(0, end))}${line.slice(end)}`;
}

function mendLines(hosts: readonly EndHost[]): readonly string[] {
  const mends = [
    ...grouped(
      hosts.filter((host) => host.mend !== undefined),
      (host) => host.mend ?? "",
    ),
  ];
  if (mends.length === 0) return [];
  const shown = mends.slice(0, mends.length > MOST_MENDS ? MOST_MENDS - 1 : MOST_MENDS);
  const lines = shown.map(
    ([mend, those]) =>
      `${safe(mend, 200)}   # ${hostsText(
        those.map((host) => host.host),
        60,
      )}`,
  );
  const rest = mends.slice(shown.length).flatMap(([, those]) => those);
  return [
    "To mend:",
    ...lines.map((line) => `  ${line}`),
    ...(rest.length > 0 ? [`  … and ${plural(rest.length, "more host")}`] : []),
  ];
}

function footer(event: Ended, colors: Paint): readonly string[] {
  const rollout = event.rollout === undefined ? "" : `, rollout ${safe(event.rollout, 60)}`;
  const why = event.why === undefined ? "" : `, because: ${safe(event.why, 200)}`;
  const who = `By ${safe(event.by, 80)} in ${duration(event.took)}${rollout}${why}`;
  const next = event.hint === undefined ? [] : [nextText(safe(event.hint))];
  return [...next, colors.quiet(`${who}. Exit ${event.exit}, ${event.reason}.`)];
}

/** A hint is a sentence that says when; a command alone does not. */
function nextText(hint: string): string {
  return hint.startsWith("ship ") ? `Next: ${hint}` : hint;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
