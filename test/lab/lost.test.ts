import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, is, type Running, said } from "../e2e/ship.ts";
import { type Direction, drop, type Fault, freeze, reset } from "./faults.ts";
import { type Lab, type LabHost, openLab } from "./lab.ts";
import type { Look } from "./look.ts";
import { hasNet } from "./net.ts";
import { type Observer, startObserver } from "./observing.ts";
import { starts } from "./service.ts";
import { until } from "./until.ts";

/** Longer than ship takes to give up a peer that says nothing (3 s, three times, and one before). */
const silenceMs = 14_000;

/** Hosts that cannot be reached: before a rollout, in the middle of it, and in its bake. Each test ends on a proven fleet. */
describe.runIf(hasNet())("a fleet of six, some of which are lost", () => {
  let lab: Lab;
  let observer: Observer;
  beforeAll(async () => {
    lab = await openLab({ stages: { first: { hosts: 1, bake: "4s" }, all: { hosts: 6, bake: "4s" } } });
    for (const name of ["v1", "v2"]) lab.version(name, { drain: "2" });
    lab.configure({ max_unavailable: '"100%"' });
    await ended(lab.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]), 0);
    lab.configure({ max_unavailable: "2" });
    observer = startObserver(lab, () => 2);
  });
  afterAll(() => lab.close());

  const other = () => (lab.serving()[0] === "h01 v1" ? "v2" : "v1");
  const on = (version: string) => lab.hosts.map(({ name }) => `${name} ${version}`);
  const begin = (version: string) => lab.place.start(["--version", version, "--json"]);
  const startsOf = () => lab.hosts.map(({ home }) => starts(home));

  /** What must not change: what each host's disk says, and how often its service was started. */
  async function untouched(): Promise<unknown> {
    const looks = await observer.looks();
    return [looks.map(({ answers, ...look }) => look), startsOf()];
  }

  test("a host that cannot be reached stands in the way before anything is touched; with max_failed it is named, and comes along later (cells 17, 80)", async () => {
    const version = other();
    const was = version === "v1" ? "v2" : "v1";
    await observer.begin(version, ["h05"]);
    const before = await untouched();
    const away = drop([lab.host("h05")], ["orders"]);
    const refused = await ended(lab.place.ship(["--version", version]), 7);
    expect(said(refused)).toMatch(/h05 \(all\)/);
    expect(await untouched()).toEqual(before);
    lab.configure({ max_unavailable: "2", max_failed: "1" });
    const rest = await ended(lab.place.ship(["--version", version, "--json"]), 0);
    expect(rest.events.find(is("rollout.ended"))).toMatchObject({
      hosts: expect.arrayContaining([expect.objectContaining({ host: "h05", state: "behind" })]),
    });
    away.lift();
    expect(away.struck()).toBeGreaterThan(0);
    expect(lab.serving()).toEqual(on(version).with(4, `h05 ${was}`));
    const status = await ended(lab.place.ship(["status"]), 0);
    expect(status.stdout).toMatch(/h05/);
    const started = startsOf();
    const { events } = await ended(lab.place.ship(["--version", version, "--json"]), 0);
    expect(lab.serving()).toEqual(on(version));
    expect(startsOf()).toEqual(started.with(4, (started[4] ?? 0) + 1));
    expect(await observer.verdict(events)).toEqual([]);
    lab.configure({ max_unavailable: "2" });
  });

  const silences: readonly (readonly [string, (host: LabHost) => Fault])[] = [
    ["whose sshd stands still", (host) => freeze(lab, host)],
    ["to which nothing comes any more", (host) => drop([host], ["orders"])],
    ["from which nothing comes any more", (host) => drop([host], ["answers"])],
    ["which resets its connections", (host) => reset([host])],
  ];

  test.each(silences)(
    "a host %s in the middle of its change is asked again, and changed once (cell 20)",
    async (_, silence) => {
      const version = other();
      await observer.begin(version);
      const started = startsOf();
      const running = begin(version);
      await running.until((event) => event.type === "host.armed" && event.host === "h02");
      const fault = silence(lab.host("h02"));
      await sleep(silenceMs);
      expect(fault.struck()).toBeGreaterThan(0);
      fault.lift();
      const { events } = await ended(running.ended, 0);
      expect(events.some(is("host.failed")) || events.some(is("host.reverted"))).toBe(false);
      expect(lab.serving()).toEqual(on(version));
      expect(startsOf()).toEqual(started.map((count) => count + 1));
      expect(await observer.verdict(events)).toEqual([]);
    },
  );

  test("every host lost at once and back soon: it pauses, and goes on (cell 24)", async () => {
    const version = other();
    const { running, cut } = await lostInBake(version);
    cut.lift();
    const { events } = await ended(running.ended, 0);
    expect(cut.struck()).toBeGreaterThan(0);
    expect(lab.serving()).toEqual(on(version));
    expect(await observer.verdict(events)).toEqual([]);
  });

  test("every host lost at once, and not back: it is held and nothing goes back; then the same command goes on (cell 24)", async () => {
    const version = other();
    const { running, cut } = await lostInBake(version);
    const held = await ended(running.ended, 8);
    expect(held.events.find(is("rollout.ended"))).toMatchObject({ outcome: "held", reason: "control-plane-lost" });
    expect(held.events.some(is("host.reverted")) || held.events.some(is("rollback.started"))).toBe(false);
    const started = startsOf();
    expect(lab.serving()).toEqual(on(version));
    cut.lift();
    expect(cut.struck()).toBeGreaterThan(0);
    lab.configure({ max_unavailable: "2" });
    const { events } = await ended(lab.place.ship(["--version", version, "--json"]), 0);
    expect(startsOf()).toEqual(started);
    expect((await observer.looks()).map(phase)).toEqual(lab.hosts.map(() => "proven"));
    expect(await observer.verdict(events)).toEqual([]);
  });

  /** All are cut off in the last bake, and ship has said that it pauses. */
  async function lostInBake(version: string): Promise<{ running: Running; cut: Fault }> {
    lab.configure({ max_unavailable: "2", stages: "[{ cohort: first, bake: 4s }, { cohort: all, bake: 30s }]" });
    await observer.begin(version);
    const running = begin(version);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    const both: readonly Direction[] = ["orders", "answers"];
    const cut = drop(lab.hosts, both);
    await running.until((event) => event.type === "warned" && /fell silent together/.test(event.text));
    await until("packets are dropped", () => cut.struck() > 0);
    return { running, cut };
  }

  test("a host that lets nobody in is found before anything is touched (cell 23)", async () => {
    const version = other();
    await observer.begin(version);
    const before = await untouched();
    const seventh = lab.host("h06");
    lab.stopHost(seventh);
    await lab.startHost(seventh, ["AuthorizedKeysFile=none"]);
    const refused = await lab.place.ship(["--version", version]);
    expect([6, 7]).toContain(refused.exit);
    expect(said(refused)).toMatch(/h06 \(all\)/);
    expect(await untouched()).toEqual(before);
    lab.stopHost(seventh);
    await lab.startHost(seventh);
    expect(await observer.verdict()).toEqual([]);
  });
});

async function ended(ending: Promise<Ended>, exit: number): Promise<Ended> {
  const one = await ending;
  expect(one.exit, said(one)).toBe(exit);
  return one;
}

function phase({ record }: Look): string | undefined {
  return record["phase"];
}
