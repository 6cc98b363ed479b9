import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { Event } from "../core/event.ts";
import { endText } from "./end.ts";
import { failureText } from "./failure.ts";
import { clock } from "./naming.ts";
import { type Line, narrator } from "./narrate.ts";
import { paint } from "./paint.ts";
import type { EventOf, Output, Reporter } from "./reporter.ts";
import { safe } from "./safe.ts";
import { setText } from "./set.ts";
import { summaryMarkdown } from "./summary.ts";

/** GitHub shows ten annotations of a kind for a step; beyond that the lines alone must do. */
const ANNOTATIONS = 10;

type Kind = "error" | "warning" | "notice";

/**
 * The log of a GitHub Actions job: a group for each stage, annotations for what failed, the job summary. Host-born text
 * is escaped so that it is no command, and a host's output stands between markers that switch commands off besides.
 */
export function openGithub(output: Output, verbose: boolean): Reporter {
  const narrate = narrator(verbose, output.color);
  const groups = grouping(output);
  const annotate = annotator(output);
  return {
    report(event) {
      const lines = narrate(event);
      groups.before(event);
      for (const line of lines) output.write(lineText(event, line, output.color));
      annotate(event, lines);
      groups.after(event);
      if (event.type === "rollout.ended") output.write(endText(event, output.color));
      if (event.type === "rollout.ended") appendSummary(event, output);
      if (event.type === "set.ended") output.write(setText(event, output.color));
      if (event.type === "command.failed") output.write(failureText(event, output.color));
    },
    close: async () => groups.close(),
  };
}

const ends = new Set<Event["type"]>(["rollout.ended", "set.ended", "command.failed"]);

type Grouping = { before(event: Event): void; after(event: Event): void; close(): void };

/** Groups cannot be nested: one is open at most. */
function grouping(output: Output): Grouping {
  let open = false;
  const close = () => {
    if (open) output.write("::endgroup::\n");
    open = false;
  };
  const begin = (title: string) => {
    close();
    output.write(command("group", {}, title));
    open = true;
  };
  return {
    before(event) {
      if (event.type === "stage.started") begin(`stage ${event.stage}`);
      else if (event.type === "rollback.started") begin("rollback");
      else if (ends.has(event.type)) close();
    },
    after(event) {
      if (event.type === "stage.passed" || event.type === "stage.failed" || event.type === "stage.held") close();
    },
    close,
  };
}

function lineText(event: Event, { tone, text, block }: Line, color: boolean): string {
  const head = `${clock(event.time)}  ${paint(color)[tone](text)}\n`;
  if (block.length === 0) return head;
  const token = randomBytes(16).toString("hex");
  const under = block.map((one) => `          | ${one}\n`).join("");
  return event.type === "host.failed" ? `${head}::stop-commands::${token}\n${under}::${token}::\n` : `${head}${under}`;
}

function annotator(output: Output): (event: Event, lines: readonly Line[]) => void {
  const counts: Record<Kind, number> = { error: 0, warning: 0, notice: 0 };
  return (event, lines) => {
    const note = annotation(event, lines);
    if (note === undefined || counts[note.kind] >= ANNOTATIONS) return;
    counts[note.kind] += 1;
    output.write(command(note.kind, { title: note.title }, note.text));
  };
}

type Annotation = { readonly kind: Kind; readonly title: string; readonly text: string };

function annotation(event: Event, lines: readonly Line[]): Annotation | undefined {
  const text = lines[0]?.text ?? "";
  switch (event.type) {
    case "host.failed":
    case "host.lost":
      return { kind: "warning", title: event.host, text };
    case "stage.failed":
      return { kind: "error", title: `stage ${event.stage} failed`, text };
    case "stage.held":
      return { kind: "warning", title: `stage ${event.stage} held`, text };
    case "rollout.paused":
    case "rollout.aborted":
    case "warned":
      return { kind: "warning", title: "ship", text };
    case "rollout.ended":
      return ending(event);
    case "set.ended": {
      const kind = event.outcome === "done" ? "notice" : "error";
      return { kind, title: `change set of ${event.component}: ${event.outcome}`, text: event.summary };
    }
    case "command.failed":
      return { kind: "error", title: event.outcome, text: [event.message, event.hint ?? ""].join(" ") };
    default:
      return undefined;
  }
}

function ending(event: EventOf<"rollout.ended">): Annotation {
  const title = `${event.component} ${event.version}: ${event.outcome}`;
  return { kind: event.outcome === "done" ? "notice" : "error", title, text: event.summary };
}

/** A workflow command, escaped as the runner's own toolkit does it (actions/toolkit, core/src/command.ts). */
function command(name: string, properties: Readonly<Record<string, string>>, text: string): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${property(safe(value))}`);
  return `::${name}${given.length === 0 ? "" : ` ${given.join(",")}`}::${data(safe(text, 1000))}\n`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** The job's page; a rollout does not depend on it, so that a file that cannot be written is only said. */
function appendSummary(event: EventOf<"rollout.ended">, output: Output): void {
  const path = output.env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  try {
    appendFileSync(path, summaryMarkdown(event));
  } catch (error) {
    output.warn(
      `The job summary could not be written: ${safe(error instanceof Error ? error.message : String(error))}\n`,
    );
  }
}
