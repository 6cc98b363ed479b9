import type { Happening } from "../../src/core/event.ts";
import type { Answer, HostRecord, HostState, Look } from "../../src/core/host.ts";
import type { Seen } from "../../src/core/plan.ts";
import { isProven } from "../../src/core/proven.ts";
import { versionOf } from "../../src/core/release.ts";
import { type Deployer, isRunning } from "./deployer.ts";
import { fresh, type Known, newRun, type Run } from "./known.ts";
import { isBusy, type Machine, type Ordered, type Sent, type Site } from "./machine.ts";
import { isServing } from "./service.ts";

/** What was promised and is not so. */
export type Violation = { readonly invariant: string; readonly text: string };

export type Oracle = {
  readonly ordered: (machine: Machine, order: Ordered, by: Deployer | undefined) => void;
  readonly changed: (machine: Machine, why: string) => void;
  readonly looked: (machine: Machine, look: Look, answer: Answer, by: Deployer | undefined) => void;
  readonly told: (by: Deployer, happening: Happening) => void;
  readonly planned: (by: Deployer, seen: ReadonlyMap<string, Seen>) => void;
  /** After every event. */
  readonly check: () => void;
  /** When nobody runs and nothing is under way. */
  readonly checkRest: () => void;
  readonly orders: () => number;
  readonly baselineOf: (machine: Machine) => string;
};

/** What the observer may know of the world. */
export type Scene = {
  readonly site: Site;
  readonly machines: readonly Machine[];
  /** Hosts of each cohort, innermost first. */
  readonly cohorts: readonly (readonly Machine[])[];
  readonly width: number;
  readonly back: number;
  readonly leaseMs: number;
  readonly runs: () => readonly Deployer[];
  readonly violate: (violation: Violation) => void;
};

const slackMs = 3_000;

type Tried = Extract<Sent, { readonly type: "arm" | "revert" }>;

/** The order, and as often again as core/rollout/lost.ts is patient. */
const mostAsked = 7;

/** The sixteen invariants of the fault matrix, with the words of DESIGN where it decides otherwise. */
export function openOracle(scene: Scene): Oracle {
  const { site, machines, violate } = scene;
  const now = site.time.now;
  const known = new Map<Machine, Known>(machines.map((machine) => [machine, fresh(machine, now())]));
  const runs = new Map<string, Run>();
  let accepted = 0;

  /** A run is or was on its way back: then its own budget counts too, and what fell on the way stays down when it has ended. */
  let isBack = false;

  const fail = (invariant: string, text: string) => violate({ invariant, text });
  const of = (machine: Machine) => known.get(machine) ?? fresh(machine, 0);
  const runOf = (by: Deployer) => {
    const name = by.options?.run ?? `look${by.id}`;
    const found = runs.get(name) ?? newRun(by);
    runs.set(name, found);
    return found;
  };

  /** I6: what a host accepts comes of one run at a time, each order newer than the one before. */
  function singleWriter(machine: Machine, { claim }: Sent): void {
    const one = of(machine);
    const isOlder = claim.generation < one.generation;
    const isOther = claim.generation === one.generation && claim.run !== one.run;
    const isLate = claim.generation === one.generation && claim.run === one.run && claim.sequence <= one.sequence;
    if (isOlder || isOther || isLate) fail("I6", `${machine.name} obeys ${claimText(claim)} after ${claimText(one)}`);
    one.generation = claim.generation;
    one.run = claim.run;
    one.sequence = claim.sequence;
  }

  /** I6: what was refused for another reason was seen all the same: no late copy of an older order may follow. */
  function refused(machine: Machine, { claim }: Sent): void {
    const one = of(machine);
    if (claim.generation === one.generation && claim.run === one.run)
      one.sequence = Math.max(one.sequence, claim.sequence);
  }

  function accept(machine: Machine, { order, before, sentAt }: Ordered, by: Deployer | undefined): void {
    const one = of(machine);
    const run = by === undefined ? undefined : runOf(by);
    if (one.said !== undefined && one.said.run !== order.claim.run) one.said = undefined;
    switch (order.type) {
      case "fence":
        run?.fenced.add(machine.name);
        if (run !== undefined && isTurnedBack(before, run.by)) run.turnedAt ??= now();
        return;
      case "arm":
        armed(machine, order, run);
        return;
      case "switch":
        switched(machine, { before, sentAt }, run);
        return;
      case "confirm":
        if (["reverting", "reverted", "revert-failed"].includes(before.record.phase))
          fail("I7", `${machine.name} takes a confirm after it has put itself back`);
        if (before.record.phase !== "switched") return;
        one.confirmedAt = now();
        run?.readings.clear();
        if (!one.checkedBy.has(order.claim.run))
          fail("I7", `${machine.name} is confirmed, and ${order.claim.run} never saw it well in this try`);
        return;
      case "prove":
        proven(machine, before, run);
        return;
      case "direct":
        if (run !== undefined && order.direction === "rollback") run.turnedAt ??= now();
        return;
      case "revert":
        one.undoneTo = run?.by.plan?.direction === "rollback" ? order.to : undefined;
        if (run !== undefined) bounded(run.reverts, machine, order, 2);
        // Its arming was lost on the way: what was proven there before stays, and is where it goes back to from now on.
        if (run?.by.options?.rollout !== one.rollout && isProven(before.record) && order.to === before.link)
          one.baseline = before.link;
        return;
      default:
        return;
    }
  }

  /** I9: where it goes back to is what was proven on it when this rollout first touched it. */
  function armed(machine: Machine, order: Extract<Sent, { type: "arm" }>, run: Run | undefined): void {
    const one = of(machine);
    if (one.rollout !== order.rollout) {
      if (one.lease > 0) one.earlier = [...one.earlier, one.baseline];
      one.rollout = order.rollout;
      one.baseline = one.proven;
    }
    one.undoneTo = undefined;
    one.from = machine.state.link;
    one.armedAt = now();
    one.lease = order.lease * 1000;
    one.checkedBy.clear();
    if (run === undefined) return;
    bounded(run.arms, machine, order, 1);
    fencedWhole(machine, run);
  }

  /** I6: nothing is changed while more hosts of a stage than it may lose were not taken over. */
  function fencedWhole(machine: Machine, run: Run): void {
    for (const { name, hosts, maxFailed } of run.by.plan?.stages ?? []) {
      const free = hosts.filter(({ host }) => !run.fenced.has(host));
      if (free.length > maxFailed)
        fail("I6", `${machine.name} is armed while ${free.length} hosts of stage ${name} are not fenced`);
    }
  }

  function switched(
    machine: Machine,
    { before, sentAt }: Pick<Ordered, "before" | "sentAt">,
    run: Run | undefined,
  ): void {
    const { record, link } = before;
    if (record.phase !== "armed") return;
    of(machine).checkedBy.clear();
    if (link === record.target || run === undefined) return;
    // What was under way when the run turned back may still arrive: the run waits for its answer, and takes the host back.
    if (run.turnedAt !== undefined && sentAt <= run.turnedAt) return;
    if (run.turnedAt !== undefined && !run.by.command.retryBad)
      fail(
        "I12",
        `${machine.name} goes forward to ${record.target} in ${run.by.options?.run}, which knows that it was turned back`,
      );
    blast(machine, record.target, run);
  }

  /** I2: a host is touched only when every stage before its own has passed: its hosts have the release, proven. */
  function blast(machine: Machine, target: string, run: Run): void {
    const stages = run.by.plan?.stages ?? [];
    const mine = stages.findIndex((stage) => stage.hosts.some(({ host }) => host === machine.name));
    for (const stage of stages.slice(0, mine)) {
      const hosts = machines.filter(({ name }) => stage.hosts.some(({ host }) => host === name));
      const unproven = hosts.filter((host) => of(host).proven !== target);
      if (hosts.length > 0 && unproven.length > stage.maxFailed)
        fail(
          "I2",
          `${machine.name} is switched while ${unproven.map(({ name }) => name).join(", ")} of stage ${stage.name} has not passed`,
        );
    }
  }

  function proven(machine: Machine, before: HostState, run: Run | undefined): void {
    const { record } = before;
    if (record.phase !== "confirmed") return;
    const one = of(machine);
    const isNow = run?.by.options?.now === true;
    const bad = site.fault(machine, versionOf(record.target) ?? "", Math.max(0, one.confirmedAt - now()));
    if (!isNow && (bad === "unhealthy" || bad === "bad-metric"))
      fail("I7", `${machine.name} is proven on ${record.target}, which was bad on it from the start`);
    const readings = Math.max(0, ...(run?.readings.values() ?? []));
    if (!isNow && run !== undefined && readings < 3)
      fail("I7", `${machine.name} is proven with ${readings} readings since the last switch`);
    one.proven = record.target;
  }

  /**
   * I15: a run arms a host once, and puts it back once, or once more where the first was lost; each of these is asked for again
   * as often as its answers are lost.
   */
  function bounded(tries: Run["arms"], { name }: Machine, { type, attempt }: Tried, most: number): void {
    const all = [...(tries.get(name) ?? []), attempt];
    tries.set(name, all);
    const count = new Set(all).size;
    if (count > most) fail("I15", `${name} has had ${count} tries to ${type} it by one run`);
    const again = all.filter((one) => one === attempt).length;
    if (again > mostAsked) fail("I15", `${name} was told to ${type} ${again} times in one try`);
  }

  /**
   * I9: where it was taken back to is what was proven on it before the rollout that changed it last. A rollback that was asked
   * for may have undone that one and some before it, and then a release which those brought need not be kept.
   */
  function takenBack({ name, state: { record } }: Machine, one: Known): void {
    if (record.phase !== "reverted" || record.good === one.baseline) return;
    const at = record.good === one.undoneTo ? one.earlier.lastIndexOf(record.good) : -1;
    if (at < 0)
      fail("I9", `${name} was taken back to ${record.good}, and ${one.baseline} was proven before ${one.rollout}`);
    one.earlier = one.earlier.slice(0, Math.max(0, at));
    one.baseline = record.good;
  }

  /** I5, I9, I13: always on its old release or on the new one, and what is named is on the disk. */
  function checkState(machine: Machine): void {
    const { record, link, releases } = machine.state;
    const one = of(machine);
    takenBack(machine, one);
    const moving = record.phase !== "idle" && record.rollout !== "r000";
    if (moving && record.phase !== "reverted" && record.good !== one.baseline)
      fail(
        "I9",
        `${machine.name} says ${record.good} is good, and ${one.baseline} was proven before ${record.rollout}`,
      );
    const untouched = link === one.from && (record.phase === "armed" || record.phase === "reverting");
    if (link !== one.proven && link !== one.baseline && link !== record.target && !untouched)
      fail("I5", `${machine.name} is on ${link}, which is neither its old nor its new release`);
    const kept = new Set(releases);
    const named = [link, record.current, record.good, one.baseline, ...(isOut(machine) ? [record.target] : [])];
    const missing = named.filter((name) => name !== "" && !kept.has(name));
    if (missing.length > 0) fail("I13", `${machine.name} names ${missing.join(", ")}, which is not on its disk`);
  }

  /** I8: nobody stays out longer than the lease and the way back. */
  function checkLease(machine: Machine): void {
    const one = of(machine);
    const { phase } = machine.state.record;
    if (phase !== "reverting" || !machine.isUp) one.backSince = 0;
    else if (one.backSince === 0) one.backSince = now();
    if (!machine.isUp) return;
    if (isOut(machine) && now() > one.armedAt + one.lease + slackMs)
      fail(
        "I8",
        `${machine.name} is ${phase} for ${(now() - one.armedAt) / 1000} s, and its lease is ${one.lease / 1000} s`,
      );
    if (phase === "reverting" && now() > one.backSince + 2 * 6_000 + slackMs)
      fail("I8", `${machine.name} is on its way back for ${(now() - one.backSince) / 1000} s`);
  }

  /** I1: a rollback has its own budget, and what failed or fell already costs it nothing. */
  function checkAvailability(): void {
    for (const machine of machines) if (isServing(site, machine) && !machine.isDrained) recovered(of(machine));
    isBack ||= isGoingBack();
    for (const [index, cohort] of scene.cohorts.entries()) {
      const out = cohort.filter((machine) => isOutOfService(site, machine));
      const most = isBack ? scene.width + scene.back : scene.width;
      const counted = out.filter((machine) => !of(machine).isExcused && !(isBack && of(machine).isFallen));
      if (counted.length > most)
        fail(
          "I1",
          `${counted.map(({ name }) => name).join(", ")} of cohort ${index} are out of service at once; ${most} may be`,
        );
    }
  }

  /** A run that has turned back is at it, or was killed over hosts that are on their way still: then its own budget counts too. */
  function isGoingBack(): boolean {
    const isTurned = [...runs.values()].some(({ by, turnedAt }) => turnedAt !== undefined && isRunning(by));
    return isTurned || machines.some(({ state: { record } }) => record.direction === "rollback" && isMoving(record));
  }

  /** I4: what a report says runs on a host does run there, until somebody else acts. */
  function report(by: Deployer, ended: Extract<Happening, { type: "rollout.ended" }>): void {
    for (const said of ended.hosts) {
      const machine = machines.find(({ name }) => name === said.host);
      if (machine === undefined) continue;
      const one = of(machine);
      const { record, link } = machine.state;
      const isMine = record.generation === by.options?.generation && record.run === by.options.run;
      if (said.state === "unknown" || said.state === "reverting") continue;
      if (!isMine) continue;
      if (said.version !== undefined && said.release !== link)
        fail("I4", `${by.options?.run} says ${said.host} is ${said.state} on ${said.release}, and it is on ${link}`);
      const phase = { confirmed: "confirmed", restored: "reverted" }[said.state as string];
      const isNothing = said.release === "" && link === "" && !isOut(machine);
      const isSo =
        isNothing || isProven(record) || (said.state !== "proven" && (phase === undefined || record.phase === phase));
      if (!isSo)
        fail("I4", `${by.options?.run} says ${said.host} is ${said.state}, and its record says ${record.phase}`);
      if (said.version !== undefined) one.said = { release: said.release, run: record.run, state: said.state };
    }
  }

  /** I4: what is told as confirmed is so on the host, as long as nobody else has it. */
  function confirmed(by: Deployer, host: string): void {
    const record = machines.find(({ name }) => name === host)?.state.record;
    if (record?.run === by.options?.run && record?.phase === "switched")
      fail("I4", `${by.options?.run} says ${host} is confirmed, and its lease runs`);
  }

  return {
    ordered: (machine, ordered, by) => {
      if (ordered.said.startsWith("refused") && ordered.said !== "refused stale") refused(machine, ordered.order);
      if (ordered.said !== "done" && ordered.said !== "running") return;
      accepted += 1;
      singleWriter(machine, ordered.order);
      accept(machine, ordered, by);
    },
    changed: (machine, why) => {
      const one = of(machine);
      const { record, link } = machine.state;
      if (why === "lease is over") {
        if (one.said?.state === "confirmed" || one.said?.state === "proven")
          fail("I4", `${one.said.run} said that ${machine.name} is ${one.said.state}, and its lease takes it back`);
        one.said = undefined;
        if (one.expired.has(record.attempt)) fail("I15", `${machine.name} puts itself back twice in one try`);
        one.expired.add(record.attempt);
      }
      if (why === "came up" && isOut(machine)) one.armedAt = now();
      if (why === "goes back after its boot") one.said = undefined;
      if (why === "could not go back" && record.phase !== "revert-failed")
        fail("I4", `${machine.name} could not go back, and its record says ${record.phase}`);
      if (why === "could not go back") one.isFallen = true;
      if (why.startsWith("link back") || why === "is back") one.proven = link;
    },
    looked: (machine, look, answer, by) => {
      if (by === undefined || look.type !== "check" || answer.type !== "health") return;
      const run = runOf(by);
      if (answer.process !== undefined) run.readings.set(machine.name, (run.readings.get(machine.name) ?? 0) + 1);
      const { record } = machine.state;
      const isNew = machine.service?.release === record.target && record.phase === "switched";
      if (answer.healthy && isNew && by.options !== undefined) of(machine).checkedBy.add(by.options.run);
    },
    told: (by, happening) => {
      if (happening.type === "rollout.ended") report(by, happening);
      if (happening.type === "host.confirmed") confirmed(by, happening.host);
    },
    planned: (by, seen) => {
      for (const machine of machines) of(machine).isExcused = of(machine).isFallen;
      const turned = [...seen.values()].some((one) => one.type === "observed" && isTurnedBack(one.observation, by));
      if (turned) runOf(by).turnedAt ??= now();
    },
    check: () => {
      for (const machine of machines) {
        checkState(machine);
        checkLease(machine);
        const { said } = of(machine);
        if (said !== undefined && said.release !== machine.state.link)
          fail(
            "I4",
            `${said.run} said that ${machine.name} is on ${said.release}, and nobody else acted, and it is on ${machine.state.link}`,
          );
      }
      checkAvailability();
    },
    checkRest: () => {
      for (const machine of machines) {
        const { record, link } = machine.state;
        if (isBusy(machine)) fail("I3", `${machine.name} is still at work`);
        if (isOut(machine) || record.phase === "reverting") fail("I3", `${machine.name} rests ${record.phase}`);
        if (link !== of(machine).proven && record.phase !== "confirmed" && record.phase !== "revert-failed")
          fail("I3", `${machine.name} rests ${record.phase} on ${link}, which was never confirmed`);
      }
    },
    orders: () => accepted,
    baselineOf: (machine) => of(machine).baseline,
  };

  function isTurnedBack({ record, bad }: Pick<HostState, "record" | "bad">, by: Deployer): boolean {
    const { version } = by.command;
    const isMarked = version !== "" && bad.some((name) => versionOf(name) === version);
    return (
      isMarked ||
      (record.direction === "rollback" &&
        record.open !== "" &&
        record.open === record.rollout &&
        versionOf(record.target) === version)
    );
  }
}

function isMoving({ phase }: HostRecord): boolean {
  return phase === "armed" || phase === "switched" || phase === "reverting";
}

/** It is well again, and in service: from here on it counts like any other. */
function recovered(one: Known): void {
  one.isFallen = false;
  one.isExcused = false;
}

/** Of a run's fence. */
function claimText({ generation, run, sequence }: Pick<Known, "generation" | "run" | "sequence">): string {
  return `${generation}.${run}.${sequence}`;
}

function isOut({ state }: Machine): boolean {
  return state.record.phase === "armed" || state.record.phase === "switched";
}

/** Out of service by ship's doing, and not by its own fault or for want of power. */
function isOutOfService(site: Site, machine: Machine): boolean {
  return machine.isUp && (machine.isDrained || (machine.isTakenDown && !isServing(site, machine)));
}
