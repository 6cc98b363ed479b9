import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { type Ended, said } from "../e2e/ship.ts";
import { random } from "../random.ts";
import { leaseMs, restartMs } from "./config.ts";
import { drop } from "./faults.ts";
import { type Lab, openLab } from "./lab.ts";
import type { Look } from "./look.ts";
import { hasNet } from "./net.ts";
import { type Observer, quarter, startObserver } from "./observing.ts";
import { starts } from "./service.ts";
import { until } from "./until.ts";

/** SHIP_ALL=1 tries every moment; else SHIP_SEED chooses these many, and replays them. */
const chosen = 2;
const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);

type Moment = { readonly type: Event["type"]; readonly nth: number };

/** Each event of a rollout of twenty hosts in three stages, early and late. */
const all: readonly Moment[] = [
  ...each("rollout.started", [1]),
  ...each("host.fenced", [1, 20]),
  ...each("host.placed", [1, 20]),
  ...each("stage.started", [1, 3]),
  ...each("host.armed", [1, 12]),
  ...each("host.drained", [1, 14]),
  ...each("host.switched", [1, 16]),
  ...each("host.activated", [1, 18]),
  ...each("host.healthy", [1, 13]),
  ...each("host.undrained", [1, 15]),
  ...each("host.confirmed", [1, 17]),
  ...each("bake.started", [1, 3]),
  // How many there are depends on how busy the machine is; each of three bakes has three looks at least.
  ...each("metric.sampled", [1, 9]),
  ...each("host.proven", [1, 12]),
  ...each("stage.passed", [1, 3]),
];

/** What may be late on two busy cores, over what the host itself counts. */
const slackMs = 20_000;

/** Without ship and without a network, hosts put themselves right; with both, the same command ends what was begun. */
describe.runIf(hasNet())(`ship is killed on twenty hosts, then the network (SHIP_SEED=${seed})`, () => {
  let lab: Lab;
  let observer: Observer;
  beforeAll(async () => {
    const stages = {
      internal: { hosts: 1, bake: "4s" },
      beta: { hosts: 5, bake: "4s" },
      all: { hosts: 20, bake: "5s" },
    };
    lab = await openLab({ stages });
    lab.configure({ max_unavailable: '"100%"' });
    const first = await lab.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]);
    expect(first.exit, said(first)).toBe(0);
    lab.configure({});
    observer = startObserver(lab, quarter);
  });
  afterAll(() => lab.close());

  test.each(moments())(
    "at $type $nth: unconfirmed hosts are back within their lease, confirmed ones stay, and the same command ends it (cells 9, 64)",
    async (moment) => {
      const version = lab.serving()[0] === "h01 v1" ? "v2" : "v1";
      await observer.begin(version);
      const started = startsOf(lab);
      await killed(lab, version, moment);
      const { left, struck } = await alone(lab, observer);
      expect(struck).toBeGreaterThan(0);
      const ended = await lab.place.ship(["--version", version, "--json"]);
      expect(ended.exit, said(ended)).toBe(0);
      expect(await observer.verdict(ended.events)).toEqual([]);
      expect(lab.serving()).toEqual(lab.hosts.map(({ name }) => `${name} ${version}`));
      const after = await observer.looks();
      const taken = 1 + Math.max(...left.map(generation));
      expect(after.map(({ record }) => record["phase"])).toEqual(lab.hosts.map(() => "proven"));
      for (const [index, look] of after.entries()) {
        expect(generation(look), look.host).toBe(taken);
        // There and, where the lease ran out, back and there once more.
        expect((startsOf(lab)[index] ?? 0) - (started[index] ?? 0), look.host).toBeLessThanOrEqual(
          left[index]?.record["phase"] === "reverted" ? 3 : 1,
        );
      }
      expect(await observer.mostOut()).toBeGreaterThan(0);
    },
  );

  /** Which moments are tried in this run. */
  function moments(): readonly Moment[] {
    if (process.env["SHIP_ALL"] === "1") return all;
    const draw = random(seed);
    return Array.from({ length: chosen }, () => all[Math.floor(draw() * all.length)] ?? { type: "host.armed", nth: 1 });
  }
});

function each(type: Event["type"], nths: readonly number[]): readonly Moment[] {
  return nths.map((nth) => ({ type, nth }));
}

async function killed(lab: Lab, version: string, { type, nth }: Moment): Promise<Ended> {
  const running = lab.place.start(["--version", version, "--json"]);
  let seen = 0;
  const counted = new Set<Event>();
  await running.until((event) => {
    if (event.type === type && !counted.has(event)) seen += 1;
    counted.add(event);
    return event.type === type && seen >= nth;
  });
  running.kill("SIGKILL");
  const ended = await running.ended;
  expect(ended.exit).toBe(null);
  return ended;
}

/** The network is cut until every host rests. `struck`: packets that were dropped, of a ship that tried to look. */
async function alone(lab: Lab, observer: Observer): Promise<{ left: readonly Look[]; struck: number }> {
  const cut = drop(lab.hosts, ["orders", "answers"]);
  // What was on its way to a host when ship was killed is over then.
  await sleep(1000);
  await observer.gone(leaseMs + restartMs + slackMs);
  const looking = lab.place.ship(["status", "--json"]);
  await until("every host rests", async () => (await observer.looks()).every(isAtRest), leaseMs + restartMs + slackMs);
  const { events } = await looking;
  const seen = events.flatMap((event) => (event.type === "host.observed" ? [event.version] : []));
  expect(seen).toEqual(lab.hosts.map(() => null));
  cut.lift();
  await observer.returned();
  return { left: await observer.looks(), struck: cut.struck() };
}

function isAtRest({ record }: Look): boolean {
  return !["armed", "switched", "reverting"].includes(record["phase"] ?? "");
}

function startsOf(lab: Lab): readonly number[] {
  return lab.hosts.map(({ home }) => starts(home));
}

function generation({ record }: Look): number {
  return Number(record["generation"] ?? 0);
}
