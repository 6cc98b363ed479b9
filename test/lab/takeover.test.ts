import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { is, said } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { stateOf } from "./faults.ts";
import { type Lab, openLab } from "./lab.ts";
import { hasNet } from "./net.ts";
import { type Observer, quarter, startObserver } from "./observing.ts";
import { starts } from "./service.ts";

/** A ship that stands still, and another one that comes. */
describe.runIf(hasNet())("four hosts and two ships", () => {
  let lab: Lab;
  let observer: Observer;
  beforeAll(async () => {
    lab = await openLab({ stages: { first: { hosts: 1, bake: "20s" }, all: { hosts: 4, bake: "4s" } } });
    await endsWith(0, lab.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]));
    observer = startObserver(lab, quarter);
  });
  afterAll(() => lab.close());

  test("one that runs keeps the other out, and no host is touched (cell 8)", async () => {
    await observer.begin("v2");
    const first = lab.place.start(["--version", "v2", "--json"]);
    await first.until(is("bake.started"));
    const before = generations(await observer.looks());
    const other = await endsWith(5, lab.place.ship(["--version", "v3"]));
    expect(said(other)).toMatch(new RegExp(`pid ${first.pid}`));
    expect(generations(await observer.looks())).toEqual(before);
    const { events } = await endsWith(0, first.ended);
    expect(await observer.verdict(events)).toEqual([]);
  });

  test("one that stands still is superseded; when it wakes it is turned away, and puts nothing back (cell 10)", async () => {
    await observer.begin("v1");
    const started = lab.hosts.map(({ home }) => starts(home));
    const sleeper = lab.place.start(["--version", "v1", "--json"]);
    await sleeper.until(is("bake.started"));
    sleeper.kill("SIGSTOP");
    await expect.poll(() => stateOf(sleeper.pid)).toBe("T");
    // A beat that was on its way is a sign of life still.
    await sleep(5000);
    const other = lab.place.start(["--version", "v1", "--json"]);
    await other.until((event) => event.type === "stage.started" && event.stage === "all");
    expect(stateOf(sleeper.pid)).toBe("T");
    sleeper.kill("SIGCONT");
    const turnedAway = await endsWith(5, sleeper.ended);
    expect(turnedAway.events.find(is("rollout.ended"))).toMatchObject({ outcome: "locked", reason: "superseded" });
    expect(turnedAway.events.some(is("host.reverted")) || turnedAway.events.some(is("rollback.started"))).toBe(false);
    const { events } = await endsWith(0, other.ended);
    expect(lab.serving()).toEqual(lab.hosts.map(({ name }) => `${name} v1`));
    expect(lab.hosts.map(({ home }) => starts(home))).toEqual(started.map((count) => count + 1));
    expect(await observer.verdict(events)).toEqual([]);
  });
});

function generations(looks: Awaited<ReturnType<Observer["looks"]>>): readonly (string | undefined)[] {
  return looks.map(({ record }) => record["generation"]);
}
