import { Listr, ListrLogger, type ListrTask, ProcessOutput } from "listr2";
import { type Brush, paint } from "./paint.ts";
import {
  type End,
  endOf,
  type Picture,
  rollbackTitle,
  skippedTitle,
  stagePicture,
  standingLines,
  troubleLines,
} from "./picture.ts";
import type { Progress, StageProgress } from "./progress.ts";
import type { Output } from "./reporter.ts";

/** How often the picture follows the events, ms: a thousand hosts make many more events than eyes can see. */
const EVERY = 250;

export type Live = {
  /** Ends the tasks whose stages have ended, after each event; all of them when the rollout is over. */
  advance(over: boolean): void;
  /** Ends all tasks, also in the middle; the terminal is free and the cursor shown when this is done. Never rejects. */
  close(): Promise<void>;
};

type Gate = { readonly opened: Promise<End>; open(end: End): void };
type Row = {
  readonly gate: Gate;
  readonly picture: () => Picture;
  readonly skipped: string;
  readonly end: (over: boolean) => End | undefined;
};
type Wrapper = { title: string; output: string; skip(message: string): void };

/**
 * listr2 as a view of what `seen` holds, and never as the driver: one task a stage, one for the rollback, each of which
 * waits for a promise that the events settle. Taller than the terminal, listr2 breaks its picture (its issue 296), so
 * that there is no task a host.
 */
export function startLive(output: Output, seen: Progress): Live {
  const shown = new Map<Row, Wrapper>();
  const rows = [...seen.stages.values()].map((stage) => stageRow(stage, seen, output));
  const rollback = rollbackRow(seen, output);
  const all = [...rows, rollback];
  const tasks = [
    ...rows.map((row) => taskOf(row, shown)),
    { ...taskOf(rollback, shown), enabled: () => seen.rollback !== undefined },
  ];
  const running = new Listr(tasks, options(output)).run().catch(() => undefined);
  const timer = setInterval(() => draw(shown), EVERY);
  const settle = (over: boolean) => {
    for (const row of all) {
      const end = row.end(over);
      if (end !== undefined) row.gate.open(end);
    }
  };
  return {
    advance: settle,
    async close() {
      settle(true);
      await running;
      clearInterval(timer);
    },
  };
}

function stageRow(stage: StageProgress, seen: Progress, output: Output): Row {
  const colors = paint(output.color);
  const room = () => Math.max(3, (output.rows ?? 24) - seen.stages.size - 5);
  return {
    gate: gate(),
    picture: () => {
      const standing = standingLines(seen, colors);
      const { title, lines } = stagePicture(stage, Date.now(), room() - standing.length, colors);
      return { title, lines: [...standing, ...lines, ...troubleLines(seen, colors)] };
    },
    skipped: skippedTitle(stage),
    end: (over) => endOf(stage, seen, over),
  };
}

function rollbackRow(seen: Progress, output: Output): Row {
  const colors = paint(output.color);
  return {
    gate: gate(),
    picture: () => ({ title: rollbackTitle(seen.rollback, colors), lines: troubleLines(seen, colors) }),
    skipped: "rollback",
    end: (over) => (over ? rollbackEnd(seen) : undefined),
  };
}

function rollbackEnd({ rollback }: Progress): End {
  return rollback !== undefined && rollback.back.size < rollback.hosts ? "failed" : "passed";
}

function taskOf(row: Row, shown: Map<Row, Wrapper>): ListrTask {
  return {
    title: row.picture().title,
    task: async (_, wrapper) => {
      shown.set(row, wrapper);
      draw(shown);
      const end = await row.gate.opened;
      shown.delete(row);
      const { title } = row.picture();
      wrapper.title = title;
      if (end === "failed") throw new Error(title);
      if (end === "skipped") wrapper.skip(row.skipped);
      if (end === "stopped") wrapper.skip(title);
    },
  };
}

function draw(shown: ReadonlyMap<Row, Wrapper>): void {
  for (const [row, wrapper] of shown) {
    const { title, lines } = row.picture();
    wrapper.title = title;
    if (lines.length > 0) wrapper.output = lines.join("\n");
  }
}

function gate(): Gate {
  let open: (end: End) => void = () => {};
  const opened = new Promise<End>((resolve) => {
    open = resolve;
  });
  return { opened, open: (end) => open(end) };
}

/** The same renderer whatever the process's own stdout is: the caller has chosen, and `output` may be another stream. */
function options(output: Output) {
  const plain: Brush = (text) => text;
  const color = output.color ? {} : { color: Object.fromEntries(levels.map((level) => [level, plain])) };
  const renderer = { logger: loggerOf(output), formatOutput: "truncate" as const, ...color };
  return {
    exitOnError: false,
    registerSignalListeners: false,
    renderer: "default",
    rendererOptions: renderer,
    fallbackRenderer: "default",
    fallbackRendererOptions: renderer,
  } as const;
}

const levels = ["COMPLETED", "FAILED", "OUTPUT", "PENDING", "SKIPPED_WITH_COLLAPSE", "WAITING"];

/** listr2 takes over its streams' `write` while it runs: here those of stand-ins, so that the process keeps its own. */
function loggerOf(output: Output): ListrLogger {
  const stream = (write: (text: string) => void) => {
    const put = (text: string) => {
      write(text);
      return true;
    };
    // listr2 asks for a whole terminal stream and uses these three of it.
    return { columns: output.columns, rows: output.rows ?? 24, write: put } as unknown as NodeJS.WriteStream;
  };
  const [stdout, stderr] = [stream((text) => output.write(text)), stream((text) => output.warn(text))];
  return new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(stdout, stderr) });
}
