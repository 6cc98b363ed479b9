import { wordText } from "../../src/core/sign.ts";
import { begin, createDeployer, type Deployer, isRunning, kill, resume } from "./deployer.ts";
import { type Machine, powerOff, powerOn } from "./machine.ts";
import type { Command, Said, Trouble } from "./schedule.ts";
import { nameOf, type Stage } from "./stage.ts";

export function give(stage: Stage, command: Command): Deployer {
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
export function say({ deployers, machines, injected, note }: Stage, word: Said["word"]): void {
  const by = deployers.findLast((one) => isRunning(one) && one.options !== undefined);
  if (by?.options === undefined) return;
  if (word !== "resume") injected(word);
  note(`somebody says ${word} to ${nameOf(by)}`);
  by.words += 1;
  const { rollout } = by.options;
  const text = wordText({ number: 100 * by.id + by.words, rollout, word, by: "eve@there", why: "", approved: [] });
  for (const machine of machines) machine.signs = { ...machine.signs, word: text };
}

export function strike(stage: Stage, trouble: Trouble): void {
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
export function calm(stage: Stage): void {
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
