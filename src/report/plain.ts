import type { Event } from "../core/event.ts";
import { endText } from "./end.ts";
import { failureText } from "./failure.ts";
import { clock } from "./naming.ts";
import { type Line, narrator } from "./narrate.ts";
import { paint } from "./paint.ts";
import type { Output, Reporter } from "./reporter.ts";
import { setText } from "./set.ts";

/** A log for people: wall time, stage and host before what happened; the end page last. Nothing is ever overwritten. */
export function openPlain(output: Output, verbose: boolean): Reporter {
  const narrate = narrator(verbose, output.color);
  return {
    report(event) {
      const write = event.type === "warned" ? output.warn : output.write;
      for (const line of narrate(event)) write.call(output, lineText(event, line, output.color));
      if (event.type === "rollout.ended") output.write(`\n${endText(event, output.color)}`);
      if (event.type === "set.ended") output.write(`\n${setText(event, output.color)}`);
      if (event.type === "command.failed") output.warn(failureText(event, output.color));
    },
    close: async () => {},
  };
}

function lineText(event: Event, { tone, text, block }: Line, color: boolean): string {
  const colors = paint(color);
  const under = block.map((one) => `          ${colors.quiet("│")} ${one}`);
  return `${[`${colors.quiet(clock(event.time))}  ${colors[tone](text)}`, ...under].join("\n")}\n`;
}
