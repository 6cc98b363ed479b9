import { stripVTControlCharacters } from "node:util";
import type { Judgement } from "../core/judge.ts";
import { conclusion } from "./check.ts";
import { steadyLines, steadyPairs } from "./judgement.ts";
import { clock } from "./naming.ts";
import { paint } from "./paint.ts";
import { note, type Readings } from "./progress.ts";
import type { Output } from "./reporter.ts";
import { safe } from "./safe.ts";

export type WatchPage = {
  /** Draws the judgements of one reading, at `now` (ms since the epoch), over the ones before. */
  draw(judgements: readonly Judgement[], now: number): void;
};

/** A page of a terminal that is drawn over in place: each assertion always in its place, with its readings. */
export function openWatchPage(output: Output, component: string): WatchPage {
  const readings = new Map<string, Readings>();
  let height = 0;
  return {
    draw(judgements, now) {
      for (const judgement of judgements) note(readings, judgement, now);
      const colors = paint(output.color);
      const room = Math.max(3, (output.rows ?? 24) - 3);
      const head = `${colors.strong(safe(component, 60))}  ${clock(now)}  ${colors.quiet("Ctrl-C ends")}`;
      const rows = [...readings.values()];
      const shown = rows.length * 2 <= room ? steadyPairs(rows, colors) : steadyLines(rows, colors, room);
      const lines = [head, conclusion(judgements), ...shown.map((line) => `  ${line}`)].map((line) =>
        cut(line, output.columns - 1),
      );
      // Up to the first line of the page before; each line is cleared behind its end, and all below the last.
      const up = height === 0 ? "" : `\u001b[${height}A`;
      output.write(`${up}\r${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
      height = lines.length;
    },
  };
}

/** The line in at most `room` characters; colours take none, and are closed. A line that the terminal broke would be two. */
function cut(line: string, room: number): string {
  if (stripVTControlCharacters(line).length <= room) return line;
  let left = room - 1;
  let kept = "";
  for (const part of line.match(/\u001b\[[0-9;]*m|[^\u001b]/gu) ?? []) {
    if (!part.startsWith("\u001b")) left -= 1;
    if (part.startsWith("\u001b") || left >= 0) kept += part;
  }
  return `${kept}…`;
}
