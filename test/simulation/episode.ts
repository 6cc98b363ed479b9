import { versionOf } from "../../src/core/release.ts";
import { type Deployer, isRunning } from "./deployer.ts";
import { calm, give, say, strike } from "./disturb.ts";
import type { Violation } from "./invariants.ts";
import { isBusy } from "./machine.ts";
import type { FateOf } from "./network.ts";
import { commandAt, type Kind, type Schedule } from "./schedule.ts";
import { nameOf, openStage, type Stage } from "./stage.ts";

/** What became of one schedule. `hash` is of all events: the same schedule gives the same one. */
export type Episode = {
  readonly violation: Violation | undefined;
  readonly events: number;
  readonly hash: number;
  readonly injected: ReadonlyMap<Kind, number>;
  readonly outcomes: readonly string[];
  /** The last events, as text. */
  readonly transcript: readonly string[];
};

/** Runs one schedule (with a fate for single messages), and then, when all faults have stopped, looks whether everything comes to its end. */
export async function play(schedule: Schedule, fate?: FateOf): Promise<Episode> {
  const stage = openStage(schedule, fate);
  await perform(stage);
  const { record } = stage;
  return {
    violation: record.violation,
    events: record.events,
    hash: record.hash >>> 0,
    injected: record.injected,
    outcomes: stage.deployers.map(({ end }) => end?.outcome ?? "killed"),
    transcript: record.lines,
  };
}

/** What is most that a run takes when nothing is in its way any more, ms. */
const patience = 3_600_000;

async function perform(stage: Stage): Promise<void> {
  const { schedule, site, record, deployers } = stage;
  const { time } = site;
  const isBroken = () => record.violation !== undefined;
  for (const command of schedule.commands) time.after(command.at, () => give(stage, command));
  for (const trouble of schedule.troubles) time.after(trouble.at, () => strike(stage, trouble));
  for (const { at, word } of schedule.words) time.after(at, () => say(stage, word));
  await time.pass(isBroken, schedule.calm);
  if (isBroken()) return;
  calm(stage);
  const isOver = () => isBroken() || deployers.every((one) => !isRunning(one));
  if (!(await time.pass(isOver, patience))) return stuck(stage, "a run does not end");
  await rest(stage);
  if (isBroken()) return;
  await finale(stage);
}

function stuck(stage: Stage, text: string): void {
  const { record, note } = stage;
  record.violation ??= { invariant: "I14", text };
  note(`VIOLATED I14: ${text}`);
}

/** Lets leases and reverts come to their end, and looks at what is left. */
async function rest(stage: Stage): Promise<void> {
  const { site, machines, record, oracle } = stage;
  await site.time.pass(() => record.violation !== undefined, 1_000);
  const isQuiet = () => record.violation !== undefined || !machines.some(isBusy);
  if (!(await site.time.pass(isQuiet, 600_000))) return stuck(stage, "a host does not come to rest");
  await site.time.pass(() => record.violation !== undefined, 100_000);
  if (record.violation === undefined) oracle.checkRest();
}

/** I14, I10: by ship's own commands alone everything comes to its end, and then there is nothing left to do. */
async function finale(stage: Stage): Promise<void> {
  const { schedule, record } = stage;
  const isBroken = () => record.violation !== undefined;
  const last = schedule.commands.findLast(({ version }) => version !== "")?.version ?? "v408";
  if (schedule.finale === "again" || schedule.finale === "again-back") {
    const again = await command(stage, last, false);
    if (isBroken()) return;
    expectEnd(stage, again, ["done", "nothing", "rolled-back", "refused", "held", "stuck"]);
  }
  if ((schedule.finale === "rollback" || schedule.finale === "again-back") && !isBroken()) {
    const back = await command(stage, "", false);
    if (isBroken()) return;
    if (back.end?.outcome === "stuck" && isOldSick(stage)) return;
    expectEnd(stage, back, ["done", "nothing"]);
    if (isBroken()) return;
  }
  const next = await command(stage, "v500", true);
  if (isBroken()) return;
  const isSick = next.end?.outcome === "refused" && (schedule.finale === "next" || schedule.finale === "again");
  if (isSick) {
    const back = await command(stage, "", false);
    if (isBroken()) return;
    expectEnd(stage, back, ["done", "nothing"]);
    if (isBroken()) return;
    const again = await command(stage, "v500", true);
    if (isBroken()) return;
    expectEnd(stage, again, ["done"]);
  } else expectEnd(stage, next, ["done"]);
  if (isBroken()) return;
  await idle(stage);
}

/** Went something bad after a while, and was proven by then? There is no way back to a release that is well. */
function isOldSick({ site, machines }: Stage): boolean {
  return machines.some((machine) => {
    const bad = site.fault(machine, versionOf(machine.state.record.good) ?? "", patience);
    return bad === "does-not-start" || bad === "unhealthy";
  });
}

function expectEnd(stage: Stage, by: Deployer, outcomes: readonly string[]): void {
  const outcome = by.end?.outcome ?? "killed";
  if (!outcomes.includes(outcome))
    stuck(stage, `${nameOf(by)} ends ${outcome} with nothing in its way: ${by.end?.text}`);
}

async function command(stage: Stage, version: string, retryBad: boolean): Promise<Deployer> {
  const { site, record } = stage;
  const by = give(stage, commandAt(0, { machine: "m9", version, retryBad }));
  const isPausing = stage.schedule.words.some(({ word }) => word === "pause");
  if (isPausing) site.time.after(30_000, () => say(stage, "resume"));
  const isOver = () => record.violation !== undefined || !isRunning(by);
  if (!(await site.time.pass(isOver, patience))) stuck(stage, `${nameOf(by)} does not end`);
  await rest(stage);
  return by;
}

async function idle(stage: Stage): Promise<void> {
  const { machines, oracle, record } = stage;
  const before = { orders: oracle.orders(), starts: machines.map(({ starts }) => starts).join() };
  const by = await command(stage, "v500", false);
  if (record.violation !== undefined) return;
  const after = { orders: oracle.orders(), starts: machines.map(({ starts }) => starts).join() };
  if (by.end?.outcome !== "nothing" || after.orders !== before.orders || after.starts !== before.starts)
    stuck(
      stage,
      `a second run on a finished fleet ends ${by.end?.outcome}, after ${after.orders - before.orders} orders`,
    );
}
