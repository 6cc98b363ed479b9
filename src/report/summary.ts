import { duration } from "../core/words.ts";
import { endGroups } from "./hosts.ts";
import { details, numbers } from "./judgement.ts";
import type { EventOf } from "./reporter.ts";
import { hostsText, plural, safe } from "./safe.ts";

/** Rows of a table; what is more is counted. A job summary may hold 1 MiB. */
const MOST = 50;

/** The end of a rollout as a page of GitHub's Markdown. */
export function summaryMarkdown(event: EventOf<"rollout.ended">): string {
  const { component, version, outcome, summary, by, took, why, hint, rollout } = event;
  const because = why === undefined ? "" : `, because: ${cell(why)}`;
  const blocks = [
    `### ${outcome === "done" ? "✅" : "❌"} ${cell(component)} ${cell(version)}: ${cell(outcome)}`,
    cell(summary),
    table(
      ["verdict", "assertion", "numbers", "details"],
      event.judgements.map((one) => [one.verdict, one.assertion, numbers(one), details(one)]),
    ),
    table(["state", "hosts", "version", "names", "cause"], hostRows(event)),
    hint === undefined ? "" : `Next: ${cell(hint)}`,
    `By ${cell(by)} in ${cell(duration(took))}${rollout === undefined ? "" : `, rollout ${cell(rollout)}`}${because}.`,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n\n`;
}

function hostRows({ hosts }: EventOf<"rollout.ended">): readonly (readonly string[])[] {
  return endGroups(hosts).map(({ state, version, names, detail }) => [
    state,
    plural(names.length, "host"),
    version,
    hostsText(names, 2000),
    detail,
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, MOST).map((row) => `| ${row.map(cell).join(" | ")} |`);
  const rest = rows.length > MOST ? [`| … and ${rows.length - MOST} more |`] : [];
  return [`| ${head.join(" | ")} |`, `|${head.map(() => " --- |").join("")}`, ...shown, ...rest].join("\n");
}

/** Text that is nothing but text in Markdown: an entity is never taken for mark-up, whatever it stands for. */
function cell(text: string): string {
  return safe(text, 2000).replace(/[^\p{L}\p{N} .,]/gu, (char) => `&#${char.codePointAt(0) ?? 0};`);
}
