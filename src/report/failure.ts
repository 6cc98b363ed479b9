import { paint } from "./paint.ts";
import type { EventOf } from "./reporter.ts";
import { safe } from "./safe.ts";

/** Details beyond this many are counted: a config may have a thousand mistakes of one kind. */
const MOST = 100;

/** Why a command could not do what was asked: what is so, a line for each detail, and what to do next. */
export function failureText(event: EventOf<"command.failed">, color: boolean): string {
  const colors = paint(color);
  const details = event.details.slice(0, MOST).flatMap((detail) => detail.split("\n").map((line) => `  ${kept(line)}`));
  const rest = event.details.length - MOST;
  const lines = [
    `${colors.bad(`✖ ${event.outcome}`)}  ${safe(event.message, 1000)}`,
    ...details,
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
    ...(event.hint === undefined ? [] : [`  ${safe(event.hint, 1000)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** A detail may draw a caret under a column: its own indentation stays. */
function kept(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  return `${indent}${safe(line, 1000)}`;
}
