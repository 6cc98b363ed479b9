import { duration } from "../core/words.ts";
import { bytesLines } from "./bytes.ts";
import { steadyLines } from "./judgement.ts";
import type { Paint } from "./paint.ts";
import type { Progress, RollbackProgress, StageProgress } from "./progress.ts";
import { safe } from "./safe.ts";

/** What the live view shows of a stage: a line that counts, and the lines under it while the stage is at work. */
export type Picture = { readonly title: string; readonly lines: readonly string[] };

/** Widest name of a stage, so that the counts stand in a column; a longer one is cut. */
const NAME = 16;

/**
 * One stage at the time `now` (ms since the epoch), in at most `room` lines: its height follows the assertions, never
 * the number of hosts.
 */
export function stagePicture(stage: StageProgress, now: number, room: number, colors: Paint): Picture {
  const name = safe(stage.name, NAME).padEnd(NAME);
  const bad = `${stage.bad.size} bad`;
  const counts = `${stage.changed.size}/${stage.hosts.size} changed  ${stage.bad.size > 0 ? colors.bad(bad) : bad}`;
  const title = `${name}  ${counts}  ${stateText(stage, now)}`.trimEnd();
  const bake = stage.bake === undefined || stage.state !== "baking" ? [] : [bakeLine(stage.bake, now)];
  const above = [...bytesLines(stage.bytes), ...bake];
  return { title, lines: [...above, ...steadyLines([...stage.readings.values()], colors, room - above.length)] };
}

function stateText(stage: StageProgress, now: number): string {
  if (stage.started === undefined) return "waiting";
  if (stage.state === "changing" || stage.state === "baking") return duration(Math.max(0, now - stage.started));
  return `${stage.state} after ${duration((stage.ended ?? now) - stage.started)}`;
}

/** The line of a stage whose turn never came. */
export function skippedTitle(stage: StageProgress): string {
  return `${safe(stage.name, NAME).padEnd(NAME)}  not started`;
}

const BAR = 20;

function bakeLine(
  { duration: whole, until }: { readonly duration: number; readonly until: number },
  now: number,
): string {
  const left = Math.min(whole, Math.max(0, until - now));
  const done = whole === 0 ? BAR : Math.round((1 - left / whole) * BAR);
  return `bake  ${"━".repeat(done)}${"─".repeat(BAR - done)}  ${duration(Math.ceil(left / 1000) * 1000)} of ${duration(whole)} left`;
}

export function rollbackTitle(rollback: RollbackProgress | undefined, colors: Paint): string {
  if (rollback === undefined) return "rollback";
  const bad = rollback.bad.size === 0 ? "" : `  ${colors.bad(`${rollback.bad.size} not`)}`;
  return `${"rollback".padEnd(NAME)}  ${rollback.back.size}/${rollback.hosts} back${bad}`;
}

/** Somebody stopped it, or has to let it go on: said at once, as nothing else moves. */
export function standingLines({ standing }: Progress, colors: Paint): readonly string[] {
  return standing === undefined ? [] : [colors.warn(safe(standing))];
}

/** The last host that failed, or the last warning, while the work goes on; the rest of it is on the page at the end. */
export function troubleLines({ trouble }: Progress, colors: Paint): readonly string[] {
  return trouble === undefined ? [] : [colors.bad(safe(trouble))];
}

/** `stopped`: held or interrupted in the middle, with no verdict against it. */
export type End = "passed" | "failed" | "stopped" | "skipped";

/** Has the rollout left this stage, and how? undefined while it may still go on. */
export function endOf(stage: StageProgress, seen: Progress, over: boolean): End | undefined {
  if (stage.state === "passed") return "passed";
  const names = [...seen.stages.keys()];
  const left = seen.current !== undefined && names.indexOf(seen.current.name) > names.indexOf(stage.name);
  if (!over && !left && seen.rollback === undefined) return undefined;
  if (stage.state === "waiting") return "skipped";
  return stage.state === "failed" || seen.rollback !== undefined ? "failed" : "stopped";
}
