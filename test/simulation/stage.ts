import type { Happening } from "../../src/core/event.ts";
import { versionOf } from "../../src/core/release.ts";
import { leaseOf } from "../../src/core/rollout/order.ts";
import { type Around, type Deployer, isRunning } from "./deployer.ts";
import { type Oracle, openOracle, type Violation } from "./invariants.ts";
import { releaseOf } from "./lab.ts";
import { createMachine, type Machine, type Site } from "./machine.ts";
import { type FateOf, openNetwork } from "./network.ts";
import { componentOf, fleetOf } from "./scene.ts";
import { diceOf, type Kind, type Schedule } from "./schedule.ts";
import { openScreen } from "./screen.ts";
import { openTime } from "./time.ts";

/** How much of the transcript is kept. */
const kept = 400;

/** Within so many ms a signal has ended a run. */
const hurry = 6_000;

type Recording = {
  violation: Violation | undefined;
  events: number;
  hash: number;
  readonly injected: Map<Kind, number>;
  readonly lines: string[];
};

export type Stage = {
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

export function openStage(schedule: Schedule, fate: FateOf | undefined): Stage {
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

export function nameOf({ id, command, options }: Deployer): string {
  return `<${options?.run ?? `ship${id}`} ${command.version || "rollback"}@${command.machine}>`;
}

const quiet: ReadonlySet<Happening["type"]> = new Set(["metric.sampled", "samples.read", "assertion.judged"]);

function toldText(happening: Happening): string | undefined {
  if (quiet.has(happening.type)) return undefined;
  const host = "host" in happening ? ` ${String(happening.host)}` : "";
  const detail = "detail" in happening ? ` ${String(happening.detail)}` : "";
  return `${happening.type}${host}${detail}`;
}
