import type { Component } from "../../src/core/component.ts";
import type { Happening } from "../../src/core/event.ts";
import type { Fleet } from "../../src/core/fleet.ts";
import { versionOf } from "../../src/core/release.ts";
import { leaseOf } from "../../src/core/rollout/order.ts";
import { wordText } from "../../src/core/sign.ts";
import { assertion, component } from "./component.ts";
import { type Around, begin, createDeployer, type Deployer, isRunning, kill, resume } from "./deployer.ts";
import { type Oracle, openOracle, type Violation } from "./invariants.ts";
import { releaseOf } from "./lab.ts";
import { createMachine, isBusy, type Machine, powerOff, powerOn, type Site } from "./machine.ts";
import { type FateOf, openNetwork } from "./network.ts";
import { type Command, commandAt, diceOf, type Kind, type Said, type Schedule, type Trouble } from "./schedule.ts";
import { openScreen } from "./screen.ts";
import { openTime } from "./time.ts";

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

/** How much of the transcript is kept. */
const kept = 400;

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

type Recording = {
  violation: Violation | undefined;
  events: number;
  hash: number;
  readonly injected: Map<Kind, number>;
  readonly lines: string[];
};

type Stage = {
  readonly schedule: Schedule;
  readonly site: Site;
  readonly machines: readonly Machine[];
  readonly network: ReturnType<typeof openNetwork>;
  readonly oracle: Oracle;
  readonly around: Around;
  readonly deployers: Deployer[];
  readonly record: Recording;
  readonly note: (text: string) => void;
  readonly injected: (kind: Kind) => void;
};

function openStage(schedule: Schedule, fate: FateOf | undefined): Stage {
  const time = openTime();
  const began = time.now();
  const dice = { restart: diceOf(schedule.seed ^ 0x51), network: diceOf(schedule.seed ^ 0x52) };
  const record: Recording = { violation: undefined, events: 0, hash: 0x811c9dc5, injected: new Map(), lines: [] };
  const deployers: Deployer[] = [];
  const count = schedule.cohorts.at(-1) ?? 0;
  const machines = Array.from({ length: count }, (_, index) => {
    const version = schedule.running[index] ?? "";
    return createMachine(
      `api-${String(index + 1).padStart(2, "0")}`,
      index,
      version === "" ? "" : releaseOf(version).name,
    );
  });
  const cohortOf = (index: number) => schedule.cohorts.findIndex((size) => index < size);
  const note = (text: string) => {
    const line = `${((time.now() - began) / 1000).toFixed(3).padStart(9)} ${text}`;
    record.events += 1;
    for (let at = 0; at < line.length; at += 1) record.hash = Math.imul(record.hash ^ line.charCodeAt(at), 0x01000193);
    record.lines.push(line);
    if (record.lines.length > 2 * kept) record.lines.splice(0, kept);
  };
  const injected = (kind: Kind) => record.injected.set(kind, (record.injected.get(kind) ?? 0) + 1);
  const violate = (violation: Violation) => {
    if (record.violation !== undefined) return;
    record.violation = violation;
    note(`VIOLATED ${violation.invariant}: ${violation.text}`);
  };
  const byRun = (run: string) => deployers.find(({ options }) => options?.run === run);
  const after = () => {
    if (record.violation === undefined) oracle.check();
  };
  /** Counts a bad version when a host comes to run it. */
  const fell = ({ index, state }: Machine) => {
    const behaviour = schedule.versions[versionOf(state.link) ?? ""];
    if (behaviour?.bad === undefined || cohortOf(index) < behaviour.from) return;
    injected(behaviour.bad);
    if (behaviour.after > 0) injected("bad-late");
    if (behaviour.from > 0) injected("bad-stage");
  };
  const site: Site = {
    time,
    restart: () => dice.restart.int(Math.min(100, schedule.restart), schedule.restart),
    isDraining: schedule.drains,
    fault: (machine, version, uptime) => {
      const behaviour = schedule.versions[version];
      if (behaviour?.bad === undefined || cohortOf(machine.index) < behaviour.from) return undefined;
      if (uptime < behaviour.after) return undefined;
      return behaviour.bad;
    },
    ordered: (machine, ordered) => {
      const { order, said } = ordered;
      const { generation, run, sequence } = order.claim;
      note(`${machine.name} ${order.type} ${generation}.${run}.${sequence} ${said}: ${stateText(machine)}`);
      oracle.ordered(machine, ordered, byRun(run));
      after();
    },
    changed: (machine, why) => {
      if (why.startsWith("activate ")) fell(machine);
      note(`${machine.name} ${why}: ${stateText(machine)}`);
      oracle.changed(machine, why);
      after();
    },
    looked: (machine, look, answer, from) => oracle.looked(machine, look, answer, deployers[from - 1]),
  };
  const network = openNetwork({ site, dice: dice.network, chances: schedule.network, injected, fate });
  const made = componentOf(schedule);
  const oracle = openOracle({
    site,
    machines,
    cohorts: schedule.cohorts.map((size) => machines.slice(0, size)),
    width: schedule.width,
    back: schedule.back,
    leaseMs: leaseOf(made),
    runs: () => deployers,
    violate,
  });
  const screen = openScreen((text) => violate({ invariant: "I16", text }));
  const around: Around = {
    time,
    component: made,
    fleet: fleetOf(schedule),
    send: (from, host, operation, settle) => {
      const machine = machines.find(({ name }) => name === host);
      if (machine === undefined) throw new Error(`no machine ${host}`);
      network.send(machine, { operation, from: from.id, sentAt: time.now() }, settle);
    },
    told: (by, happening) => {
      if (happening.type === "stage.held" && happening.reason === "timed-out") injected("timeout");
      const text = toldText(happening);
      if (text !== undefined) note(`${nameOf(by)} ${text}`);
      oracle.told(by, happening);
      screen(happening, time.now());
      after();
    },
    looked: (by, seen) => oracle.planned(by, seen),
    ended: (by) => {
      note(`${nameOf(by)} ends ${by.end?.outcome}: ${by.end?.text}`);
      if (by.end?.outcome === "bug") violate({ invariant: "bug", text: by.end.text });
      const took = time.now() - (by.interruptedAt ?? time.now());
      if (took > hurry && by.command.stopAt === undefined)
        violate({ invariant: "I14", text: `${nameOf(by)} ends ${took} ms after a signal` });
      after();
    },
    died: (by) => {
      injected("kill");
      note(`${nameOf(by)} is killed`);
    },
    isAlive: (by, holder) => {
      const found = /@(\w+) pid (\d+) /.exec(holder);
      if (found === null || found[1] !== by.command.machine) return undefined;
      return deployers.some((one) => String(one.id) === found[2] && isRunning(one));
    },
  };
  return { schedule, site, machines, network, oracle, around, deployers, record, note, injected };
}

function stateText({ state, isUp, service }: Machine): string {
  const { record, link } = state;
  const runs = !isUp ? "off" : service === undefined ? "down" : "runs";
  return `${record.phase} ${record.rollout}/${record.attempt} on ${link.split("-")[0]} good ${record.good.split("-")[0]} ${record.direction === "rollback" ? "back " : ""}${runs}`;
}

function nameOf({ id, command, options }: Deployer): string {
  return `<${options?.run ?? `ship${id}`} ${command.version || "rollback"}@${command.machine}>`;
}

const quiet: ReadonlySet<Happening["type"]> = new Set(["metric.sampled", "samples.read", "assertion.judged"]);

function toldText(happening: Happening): string | undefined {
  if (quiet.has(happening.type)) return undefined;
  const host = "host" in happening ? ` ${String(happening.host)}` : "";
  const detail = "detail" in happening ? ` ${String(happening.detail)}` : "";
  return `${happening.type}${host}${detail}`;
}

const cohortNames = ["internal", "beta", "all"] as const;

function namesOf({ cohorts }: Schedule): readonly string[] {
  return cohorts.length === 2 ? ["internal", "all"] : [...cohortNames];
}

function componentOf(schedule: Schedule): Component {
  const stages = namesOf(schedule).map((cohort) => ({
    cohort,
    share: undefined,
    bake: 4_000,
    longestBake: 4_000,
    maxFailed: undefined,
  }));
  const count = (value: number) => ({ type: "count", count: value }) as const;
  const standing = component([]).assertions.slice(-2);
  return component(stages, {
    activateWithin: 6_000,
    healthy: {
      how: { type: "http", url: "http://127.0.0.1:8080/health", status: undefined },
      within: 4_000,
      for: 500,
      proof: schedule.proof,
    },
    once:
      schedule.once === "none" ? [] : [{ run: "migrate", when: "before", reversible: schedule.once === "reversible" }],
    deactivate: "stop",
    drain: schedule.drains ? { run: "leave", for: 0 } : undefined,
    undrain: schedule.drains ? "join" : undefined,
    warmup: 500,
    metrics: [],
    assertions: [assertion("rss < 50000000"), ...standing],
    maxUnavailable: count(schedule.width),
    maxFailed: count(schedule.maxFailed),
    rollback: { maxUnavailable: count(schedule.back) },
    keep: schedule.seed % 4 === 0 ? 1 : 5,
    onBlind: schedule.onBlind,
  });
}

function fleetOf(schedule: Schedule): Fleet {
  const names = namesOf(schedule);
  const count = schedule.cohorts.at(-1) ?? 0;
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `api-${String(index + 1).padStart(2, "0")}`,
    address: "127.0.0.1",
    port: undefined,
    user: undefined,
    labels: {},
    cohort: names[schedule.cohorts.findIndex((size) => index < size)] ?? "",
  }));
  return {
    cohorts: schedule.cohorts.map((size, index) => ({ name: names[index] ?? "", hosts: hosts.slice(0, size) })),
  };
}

/** Within so many ms a signal has ended a run. */
const hurry = 6_000;

/** What is most that a run takes when nothing is in its way any more, ms. */
const patience = 3_600_000;

async function perform(stage: Stage): Promise<void> {
  const { schedule, site, record, deployers } = stage;
  const { time } = site;
  const isBroken = () => record.violation !== undefined;
  const began = time.now();
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
  if (time.now() - began < 0) return;
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

function give(stage: Stage, command: Command): Deployer {
  const { site, around, deployers, note, injected } = stage;
  const { time } = site;
  const by = createDeployer(deployers.length + 1, command, time.now());
  deployers.push(by);
  note(`${nameOf(by)} begins`);
  if (command.machine === "m2") injected("second-deployer");
  if (command.machine === "m3") injected("rollback-asked");
  begin(around, by);
  const later = (ms: number | undefined, act: () => void) => {
    if (ms !== undefined) time.after(ms, () => (isRunning(by) ? act() : undefined));
  };
  later(command.killAt, () => {
    kill(by);
    around.died(by);
  });
  later(command.interruptAt, () => {
    injected("interrupt");
    note(`${nameOf(by)} is interrupted`);
    by.interruptedAt = time.now();
    if (by.hear === undefined) kill(by);
    by.hear?.("SIGINT");
  });
  later(command.stopAt, () => {
    injected("stop");
    note(`${nameOf(by)} is stopped`);
    by.isStopped = true;
    time.after(command.stopFor, () => {
      if (!by.isStopped) return;
      note(`${nameOf(by)} goes on`);
      resume(around, by);
    });
  });
  return by;
}

/** Leaves a word on every host for whoever is at work, as `ship pause` and the others do. */
function say({ deployers, machines, injected, note }: Stage, word: Said["word"]): void {
  const by = deployers.findLast((one) => isRunning(one) && one.options !== undefined);
  if (by?.options === undefined) return;
  if (word !== "resume") injected(word);
  note(`somebody says ${word} to ${nameOf(by)}`);
  by.words += 1;
  const { rollout } = by.options;
  const text = wordText({ number: 100 * by.id + by.words, rollout, word, by: "eve@there", why: "", approved: [] });
  for (const machine of machines) machine.signs = { ...machine.signs, word: text };
}

function strike(stage: Stage, trouble: Trouble): void {
  const { site, machines, network, injected, note, schedule } = stage;
  const hosts = trouble.hosts.flatMap((index) => machines[index % machines.length] ?? []);
  const left = Math.min(trouble.for, schedule.calm - trouble.at);
  injected(trouble.kind);
  note(`${trouble.kind}: ${hosts.map(({ name }) => name).join(", ")}`);
  const end = (act: (machine: Machine) => void) => site.time.after(left, () => hosts.forEach(act));
  switch (trouble.kind) {
    case "power-short":
    case "power-long":
    case "down":
      for (const machine of hosts) powerOff(site, machine);
      return void end((machine) => powerOn(site, machine, 1_000));
    case "partition":
      for (const machine of hosts) network.apart.add(machine);
      return void end((machine) => network.apart.delete(machine));
    case "disk-full":
      for (const machine of hosts) machine.hasFullDisk = true;
      return void end((machine) => {
        machine.hasFullDisk = false;
      });
    case "blind":
      for (const machine of hosts) machine.isBlind = true;
      return void end((machine) => {
        machine.isBlind = false;
      });
    case "revert-fails":
      for (const machine of hosts) machine.failsReverts = true;
      return void end((machine) => {
        machine.failsReverts = false;
      });
  }
}

/** Everything that goes wrong stops. */
function calm(stage: Stage): void {
  const { site, machines, network, deployers, around, note } = stage;
  note("all faults stop");
  network.mend();
  for (const machine of machines) {
    machine.hasFullDisk = false;
    machine.isBlind = false;
    machine.failsReverts = false;
    powerOn(site, machine, 1_000);
  }
  for (const by of deployers) if (by.isStopped && !by.isDead) resume(around, by);
  const isPausing = stage.schedule.words.some(({ word }) => word === "pause");
  if (isPausing) for (const ms of [0, 30_000, 120_000, 300_000]) site.time.after(ms, () => say(stage, "resume"));
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
