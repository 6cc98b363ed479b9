import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { is, type Running } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { drop, type Fault } from "./faults.ts";
import { hasNet } from "./net.ts";
import { openSix, type Six, two } from "./six.ts";
import { until } from "./until.ts";

/** The way to all hosts fails at once: that is nothing against the release. */
describe.runIf(hasNet())("a fleet of six that is cut off as a whole", () => {
  let six: Six;
  beforeAll(async () => {
    six = await openSix();
  });
  afterAll(() => six.lab.close());

  /** All are cut off in the last bake, and ship has said that it pauses. */
  async function lostInBake(version: string): Promise<{ running: Running; cut: Fault }> {
    const { lab, observer } = six;
    lab.configure({ ...two, stages: "[{ cohort: first, bake: 4s }, { cohort: all, bake: 30s }]" });
    await observer.begin(version);
    const running = lab.place.start(["--version", version, "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    const cut = drop(lab.hosts, ["orders", "answers"]);
    await running.until((event) => event.type === "warned" && /fell silent together/.test(event.text));
    await until("packets are dropped", () => cut.struck() > 0);
    return { running, cut };
  }

  test("and is back soon: the rollout pauses, and goes on (cell 24)", async () => {
    const version = six.other();
    const { running, cut } = await lostInBake(version);
    cut.lift();
    const { events } = await endsWith(0, running.ended);
    expect(six.lab.serving()).toEqual(six.on(version));
    expect(await six.observer.verdict(events)).toEqual([]);
  });

  test("and is not back: it is held and nothing goes back; then the same command goes on (cell 24)", async () => {
    const { lab, observer } = six;
    const version = six.other();
    const { running, cut } = await lostInBake(version);
    const held = await endsWith(8, running.ended);
    expect(held.events.find(is("rollout.ended"))).toMatchObject({ outcome: "held", reason: "control-plane-lost" });
    expect(held.events.some(is("host.reverted")) || held.events.some(is("rollback.started"))).toBe(false);
    const started = six.starts();
    expect(lab.serving()).toEqual(six.on(version));
    cut.lift();
    lab.configure(two);
    const { events } = await endsWith(0, lab.place.ship(["--version", version, "--json"]));
    expect(six.starts()).toEqual(started);
    const looks = await observer.looks();
    expect(looks.map(({ record }) => record["phase"])).toEqual(looks.map(() => "proven"));
    expect(await observer.verdict(events)).toEqual([]);
  });
});
