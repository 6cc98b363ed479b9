import {
  type Answer,
  blank,
  type HostState,
  type Look,
  noSigns,
  type Operation,
  type Order,
  type Signs,
} from "../../src/core/host.ts";
import { versionOf } from "../../src/core/release.ts";
import { boot, expire, settle, step } from "../../src/core/step.ts";
import { awaitJob, beginJob, cut, endAfter, isRunning, type Job } from "./job.ts";
import { isSign, look, signed, start, takeDown } from "./service.ts";
import { cancel, type Time, type Timer } from "./time.ts";

/** The service's main process, and what it was started from. */
export type Service = { readonly release: string; readonly startedAt: number; readonly identity: number };

/** One host: what `step` says, carried out in time, with a watchdog, a power switch, and a service that may not start. */
export type Machine = {
  readonly name: string;
  readonly index: number;
  state: HostState;
  signs: Signs;
  isUp: boolean;
  /** Counts power cycles: what was under way before one is gone. */
  boots: number;
  service: Service | undefined;
  /** Counts starts of the service. */
  starts: number;
  /** A change or a revert took the service down, and it is not back. */
  isTakenDown: boolean;
  isDrained: boolean;
  watch: { readonly attempt: number; readonly timer: Timer } | undefined;
  back: { readonly attempt: number; readonly job: Job } | undefined;
  readonly jobs: Map<string, Job>;
  hasFullDisk: boolean;
  isBlind: boolean;
  failsReverts: boolean;
};

export type Sent = Order & {
  readonly claim: { readonly generation: number; readonly run: string; readonly sequence: number };
};

/** Where machines are, and who is told what they do. */
export type Site = {
  readonly time: Time;
  /** ms of a restart. */
  readonly restart: () => number;
  readonly isDraining: boolean;
  /** What is wrong with a version on a machine after so many ms. */
  readonly fault: (machine: Machine, version: string, uptime: number) => Bad | undefined;
  readonly ordered: (machine: Machine, ordered: Ordered) => void;
  readonly changed: (machine: Machine, why: string) => void;
  readonly looked: (machine: Machine, look: Look, answer: Answer, from: number) => void;
};

/** An operation, the id of the deployer that it is from, and when (ms) it was sent. */
export type Message = { readonly operation: Operation; readonly from: number; readonly sentAt: number };

/** An order that was looked at, on the state `before`, and what was said to it. */
export type Ordered = {
  readonly order: Sent;
  readonly sentAt: number;
  readonly before: HostState;
  readonly said: string;
};

export type Bad = "does-not-start" | "unhealthy" | "bad-metric";

export function createMachine(name: string, index: number, release: string): Machine {
  const record =
    release === ""
      ? blank
      : {
          ...blank,
          generation: 1,
          run: "before",
          sequence: 9,
          rollout: "r000",
          attempt: 1,
          phase: "proven" as const,
          current: release,
          target: release,
        };
  return {
    name,
    index,
    state: {
      record,
      link: release,
      releases: release === "" ? [] : [release],
      proven: release === "" ? [] : [release],
      bad: [],
    },
    signs: noSigns,
    isUp: true,
    boots: 0,
    service: release === "" ? undefined : { release, startedAt: 0, identity: 0 },
    starts: 0,
    isTakenDown: false,
    isDrained: false,
    watch: undefined,
    back: undefined,
    jobs: new Map(),
    hasFullDisk: false,
    isBlind: false,
    failsReverts: false,
  };
}

/** Is anything under way there that needs nobody? */
export function isBusy({ watch, back, jobs }: Machine): boolean {
  return watch !== undefined || back !== undefined || [...jobs.values()].some(isRunning);
}

/** Carries an operation out; `answer` is called when the host answers, unless it loses its power before. */
export function perform(
  site: Site,
  machine: Machine,
  { operation, from, sentAt }: Message,
  answer: (answer: Answer) => void,
): void {
  if ("claim" in operation) {
    obey(site, machine, { order: operation, sentAt }, answer);
    return;
  }
  if (isSign(operation)) {
    answer(signed(machine, operation, site.time.now()));
    return;
  }
  if (operation.type === "inspect" || operation.type === "rearm" || operation.type === "pass-on") {
    answer({ type: "failed", detail: "nothing is installed here", log: "" });
    return;
  }
  const said = look(site, machine, operation);
  site.looked(machine, operation, said, from);
  answer(said);
}

export function powerOff(site: Site, machine: Machine): void {
  if (!machine.isUp) return;
  machine.isUp = false;
  machine.boots += 1;
  machine.service = undefined;
  machine.isTakenDown = false;
  cancel(machine.watch?.timer);
  cancel(machine.back?.job.timer);
  for (const job of machine.jobs.values()) cut(job);
  machine.watch = undefined;
  machine.back = undefined;
  site.changed(machine, "lost its power");
}

/** The service comes up on the link; then what was under way goes back, as `host.sh boot` does it. */
export function powerOn(site: Site, machine: Machine, bootAfter: number): void {
  if (machine.isUp) return;
  machine.isUp = true;
  const { boots } = machine;
  if (machine.state.link !== "") start(site, machine);
  site.changed(machine, "came up");
  site.time.after(bootAfter, () => {
    if (machine.boots !== boots) return;
    const next = boot(machine.state);
    if (next === machine.state) return;
    machine.state = next;
    site.changed(machine, "goes back after its boot");
    goBack(site, machine, { attempt: next.record.attempt, to: next.record.good, isMoved: true });
  });
}

function obey(
  site: Site,
  machine: Machine,
  { order, sentAt }: { readonly order: Sent; readonly sentAt: number },
  answer: (answer: Answer) => void,
): void {
  const before = machine.state;
  if (machine.hasFullDisk && order.type === "place") {
    site.ordered(machine, { order, sentAt, before, said: "failed" });
    answer({ type: "failed", detail: "no space left on device", log: "\u001b[31m##[set-env]no space" });
    return;
  }
  const stepped = step(before, order, machine.signs.closed);
  if (machine.hasFullDisk) {
    machine.state = { ...before, link: stepped.state.link };
    site.ordered(machine, { order, sentAt, before, said: "failed" });
    answer({ type: "failed", detail: "the record could not be written", log: "" });
    return;
  }
  machine.state = stepped.state;
  const said = stepped.answer;
  site.ordered(machine, { order, sentAt, before, said: said.type === "refused" ? `refused ${said.cause}` : said.type });
  if (said.type === "refused") {
    answer({ ...said, detail: said.cause, record: machine.state.record });
    return;
  }
  if (order.type === "arm") {
    if (before.record.phase !== "armed" || before.record.attempt !== order.attempt) stopJobs(machine);
    guard(site, machine, order.attempt, order.lease * 1000);
  }
  if (order.type === "drain" || order.type === "activate" || order.type === "undrain")
    work(site, machine, { type: order.type, attempt: order.attempt }, answer);
  else if (order.type === "revert" && said.type === "running")
    revert(site, machine, { before, attempt: order.attempt, to: order.to }, answer);
  else answer({ type: "done", record: machine.state.record });
}

/** The watchdog of one try, which nobody ends: it counts its own sleeping, and puts the host back when it is still out by then. */
function guard(site: Site, machine: Machine, attempt: number, lease: number): void {
  if (machine.watch?.attempt === attempt) return;
  const { boots } = machine;
  const timer = site.time.after(lease, () => {
    if (machine.boots !== boots) return;
    if (machine.watch?.attempt === attempt) machine.watch = undefined;
    const next = expire(machine.state, attempt);
    if (next === machine.state) return;
    const isMoved = !(machine.state.record.phase === "armed" && isLive(machine.state, next.record.good));
    machine.state = next;
    site.changed(machine, "lease is over");
    goBack(site, machine, { attempt, to: next.record.good, isMoved });
  });
  machine.watch = { attempt, timer };
}

type Task = { readonly type: "drain" | "activate" | "undrain"; readonly attempt: number };

/** A command of the release: started once for each attempt, however often it is asked for. */
function work(site: Site, machine: Machine, { type, attempt }: Task, answer: (answer: Answer) => void): void {
  if (type !== "activate" && !site.isDraining) {
    answer({ type: "done", record: machine.state.record });
    return;
  }
  const key = `${attempt}-${type}`;
  const known = machine.jobs.get(key);
  const job = known ?? beginJob();
  machine.jobs.set(key, job);
  if (known === undefined) {
    if (type === "drain") machine.isDrained = true;
    if (type === "activate") takeDown(site, machine);
    endAfter(site, job, type === "activate" ? site.restart() : 300, () => {
      if (type === "undrain") machine.isDrained = false;
      const ok = type !== "activate" || start(site, machine);
      site.changed(machine, ok ? `${type} ended` : `${type} failed`);
      return ok ? 0 : 1;
    });
    site.changed(machine, `${type} began`);
  }
  awaitJob(site, job, () => answer(jobAnswer(machine, job)));
}

function jobAnswer(machine: Machine, job: Job): Answer {
  if (job.code === 0) return { type: "done", record: machine.state.record };
  if (isRunning(job)) return { type: "running" };
  const detail = job.isDead ? "it was cut off on the host" : "it ended with code 1";
  return { type: "failed", detail, log: "::error::boom \u001b]0;evil\u0007" };
}

function isLive({ record, link }: HostState, to: string): boolean {
  return link === to && record.current === link;
}

type Back = { readonly attempt: number; readonly to: string; readonly isMoved: boolean };
type Asked = { readonly before: HostState; readonly attempt: number; readonly to: string };

function revert(site: Site, machine: Machine, { before, attempt, to }: Asked, answer: (answer: Answer) => void): void {
  const isMoved = !(before.record.phase === "armed" && isLive(before, to));
  if (machine.back?.attempt !== attempt) goBack(site, machine, { attempt, to, isMoved });
  const job = machine.back?.job;
  const say = () => {
    const { record } = machine.state;
    if (record.phase === "reverted") {
      answer({ type: "done", record });
      return;
    }
    if (record.phase === "revert-failed") {
      answer({ type: "failed", detail: "the revert failed", log: "boom" });
      return;
    }
    answer({ type: "running" });
  };
  if (job === undefined) say();
  else awaitJob(site, job, say);
}

/** The revert itself, as the host does it without anybody: what runs is stopped, the link moves, the old one starts. */
function goBack(site: Site, machine: Machine, { attempt, to, isMoved }: Back): void {
  stopJobs(machine);
  cancel(machine.back?.job.timer);
  const job = beginJob();
  machine.back = { attempt, job };
  if (machine.state.link !== to) {
    machine.state = { ...machine.state, link: to };
    site.changed(machine, `link back to ${versionOf(to) ?? "nothing"}`);
  }
  if (isMoved) takeDown(site, machine);
  endAfter(site, job, isMoved ? site.restart() : 50, () => {
    const ok = !isMoved || to === "" || (!machine.failsReverts && start(site, machine));
    if (ok) machine.isDrained = false;
    if (to === "") machine.isTakenDown = false;
    machine.back = undefined;
    machine.state = settle(machine.state, to, ok);
    site.changed(machine, ok ? "is back" : "could not go back");
    return ok ? 0 : 1;
  });
}

function stopJobs(machine: Machine): void {
  for (const job of machine.jobs.values()) if (isRunning(job)) cut(job);
}
