import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { is, type Running } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { type Lab, openLab } from "./lab.ts";
import { lookAt } from "./look.ts";
import { hasNet } from "./net.ts";
import { type Observer, startObserver } from "./observing.ts";
import { type Proxies, startProxies } from "./proxies.ts";
import { starts } from "./service.ts";
import { until } from "./until.ts";

/** Long enough for a test to close a gate in between, on a machine that is busy. */
const pause = { drain: "3", undrain: "3" };

/**
 * More of a lease than the lab's hosts have otherwise, as a run that is to take a host over has to come before its end; it
 * is 4 s + 14 s + 0.5 s + 15 s.
 */
const healthy = '{ type: http, url: "http://127.0.0.1:8080/health", within: 14s, for: 500ms, proof: version }';
const backMs = 34_000 + 30_000;

/** Less than any answer to an order, which has the whole record; more than what else a host says of itself. */
const answerBytes = 400;

/** What happens to an order and its answer on their way, at the two points that decide: the switch and the confirm. */
describe.runIf(hasNet())("the first of three hosts, through a proxy that can hold", () => {
  let lab: Lab;
  let observer: Observer;
  let proxies: Proxies;
  let version = "v1";
  let running: Running;
  let started = 0;

  beforeAll(async () => {
    lab = await openLab({ stages: { first: { hosts: 1, bake: "4s" }, all: { hosts: 3, bake: "4s" } } });
    for (const name of ["v1", "v2"]) lab.version(name, pause);
    proxies = startProxies(lab);
    lab.configure({ max_unavailable: '"100%"', healthy }, proxies.via);
    await endsWith(0, lab.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]));
    observer = startObserver(lab, () => 2);
  });
  afterAll(() => lab.close());

  /** Each test begins with a rollout of the other version, whose first host is armed and drains. */
  beforeEach(async () => {
    version = lab.serving()[0] === "h01 v1" ? "v2" : "v1";
    started = starts(first().home);
    await observer.begin(version);
    running = lab.place.start(["--version", version, "--json"]);
    await running.until(is("host.armed"));
  });

  const first = () => lab.host("h01");
  const look = () => lookAt(first());
  const isPhase = (phase: string) => () => look().record["phase"] === phase;
  const restarts = () => starts(first().home) - started;

  async function kill(): Promise<void> {
    running.kill("SIGKILL");
    expect((await running.ended).exit).toBe(null);
  }

  /** The same command once more, to the end; the host was started at most `most` times since the test began. */
  async function again(most: number): Promise<void> {
    const { events } = await endsWith(0, lab.place.ship(["--version", version, "--json"]));
    expect(await observer.verdict(events)).toEqual([]);
    expect(lab.serving()).toEqual(lab.hosts.map(({ name }) => `${name} ${version}`));
    expect(restarts()).toBeLessThanOrEqual(most);
  }

  /** The switch is on its way when this resolves, and has not come to the host. */
  async function heldSwitch(): Promise<void> {
    await proxies.hold("h01", "up");
    await proxies.holding("h01", "up");
    expect(look().record["phase"]).toBe("armed");
  }

  /** The host has done what was held; what it says of it is held. */
  async function doneUnheard(phase: string): Promise<void> {
    await proxies.hold("h01", "down");
    await proxies.release("h01", "up");
    await until(`h01 is ${phase}`, isPhase(phase));
    await proxies.holding("h01", "down");
  }

  test("killed once it is armed, and not run again: it is as it was, without a restart; the next run arms it anew (cell 45)", async () => {
    await kill();
    expect(look().record["phase"]).toBe("armed");
    await until("h01 put itself back", isPhase("reverted"), backMs);
    expect(restarts()).toBe(0);
    await again(1);
  });

  test("killed before the switch is sent, and run again: the armed host is taken over, with the same way back (cells 47, 48)", async () => {
    const { good, attempt } = look().record;
    await kill();
    expect(look()).toMatchObject({ record: { phase: "armed", good } });
    const next = lab.place.start(["--version", version, "--json"]);
    await next.until(is("host.switched"));
    expect(look().record).toMatchObject({ good });
    expect(Number(look().record["attempt"])).toBeGreaterThan(Number(attempt));
    await endsWith(0, next.ended);
    await again(1);
  });

  test("killed while the switch is on its way, which never comes: the next run switches it, once (cell 48)", async () => {
    await heldSwitch();
    await kill();
    await proxies.cut("h01");
    await again(1);
  });

  test("killed after the switch and before its answer: the next run finds the host switched, and starts it once (cells 47, 48)", async () => {
    await heldSwitch();
    await doneUnheard("switched");
    await kill();
    expect(restarts()).toBe(0);
    await again(1);
  });

  test("the switch was done and its answer is lost: it is asked again, and not taken for a failure (cell 49)", async () => {
    await heldSwitch();
    await doneUnheard("switched");
    const { sequence } = look().record;
    const { events } = await endsWith(0, running.ended);
    expect(events.some(is("host.failed")) || events.some(is("host.reverted"))).toBe(false);
    expect(Number(look().record["sequence"])).toBeGreaterThan(Number(sequence));
    await again(1);
  });

  test("a switch that comes after the host put itself back is refused, and the host stays (cell 50)", async () => {
    await heldSwitch();
    await kill();
    await until("h01 put itself back", isPhase("reverted"), backMs);
    const before = look();
    await comesLate();
    expect(look()).toEqual({ ...before, record: { ...before.record, sequence: expect.anything() } });
    expect(Number(look().record["sequence"])).toBeGreaterThan(Number(before.record["sequence"]));
    await again(1);
  });

  test("a switch that comes after a newer run brought the host back is refused, and the host stays (cell 50)", async () => {
    await heldSwitch();
    await kill();
    await endsWith(0, lab.place.ship(["rollback"]));
    const before = look();
    await comesLate();
    expect(look()).toEqual(before);
    await again(1);
  });

  test("the confirm was done and its answer is lost: it is asked again, and the host is confirmed (cell 62)", async () => {
    await until("h01 undrains", () => isJob("undrain"));
    await proxies.hold("h01", "up");
    await proxies.holding("h01", "up");
    expect(look().record["phase"]).toBe("switched");
    await doneUnheard("confirmed");
    const { events } = await endsWith(0, running.ended);
    expect(events.some(is("host.failed")) || events.some(is("host.reverted"))).toBe(false);
    await again(1);
  });

  /** What was held of a ship that is gone comes to the host, whose answer shows that it ran. */
  async function comesLate(): Promise<void> {
    const { unheard } = await proxies.count("h01");
    await proxies.release("h01", "up");
    await until("the host answers the late order", async () => {
      return (await proxies.count("h01")).unheard > unheard + answerBytes;
    });
    await proxies.cut("h01");
  }

  /** Does a job of the present attempt run? */
  function isJob(name: string): boolean {
    const { attempt } = look().record;
    const jobs = join(first().home, "api/.ship/jobs");
    return existsSync(join(jobs, `${attempt}-${name}.pid`)) && !readdirSync(jobs).includes(`${attempt}-${name}.code`);
  }
});
