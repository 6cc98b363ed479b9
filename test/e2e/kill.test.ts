import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { all, answering, names, recorded, smallFleet, startsOf } from "./fleet.ts";
import { openPlace, type Place } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);

/** SHIP_SEED replays the moments of a failed run. */
const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);
const random = generator(seed);

type Type = Event["type"];
type Moment = {
  readonly name: string;
  /** Killed when the n-th event of one of these types appears … */
  readonly types: readonly Type[];
  readonly from: number;
  readonly to: number;
  /** … and up to so many ms later. */
  readonly later: number;
};

/** One in each part of a rollout of three hosts in two stages. */
const moments: readonly Moment[] = [
  { name: "fencing and placing", types: ["rollout.started", "host.fenced", "host.placed"], from: 1, to: 5, later: 50 },
  {
    name: "changing the first stage",
    types: ["host.armed", "host.switched", "host.activated", "host.healthy"],
    from: 1,
    to: 4,
    later: 100,
  },
  { name: "the bake of the first stage", types: ["bake.started"], from: 1, to: 1, later: 3000 },
  {
    name: "changing the second stage",
    types: ["host.armed", "host.switched", "host.activated", "host.healthy", "host.confirmed"],
    from: 6,
    to: 14,
    later: 100,
  },
  { name: "proving and closing", types: ["host.proven", "stage.passed"], from: 3, to: 5, later: 50 },
];

/** All of them where there is time for it, else one that the seed chooses. */
const pick = Math.floor(random() * moments.length);
const tried = process.env["SHIP_ALL"] === "1" ? moments : moments.slice(pick, pick + 1);

describe(`ship is killed (SHIP_SEED=${seed})`, { timeout: slow }, () => {
  let place: Place;
  beforeAll(async () => {
    console.log(`SHIP_SEED=${seed}`);
    place = openPlace(smallFleet());
    await place.ship(["sandbox", "up"]);
  });
  afterAll(() => place.close());

  test.each(tried.map((moment, index) => ({ ...moment, version: index % 2 === 0 ? "v408" : "v407" })))(
    "in $name: the same command goes on, and ends as if nothing had been (cell 9)",
    async (moment) => {
      const command = ["--component", "api", "--version", moment.version, "--json"];
      const before = await startsOf(place);
      const { event, later } = chosen(moment);
      const first = await killed(place, command, event, later);
      const again = await place.ship(command);
      expect(again.exit, again.stdout + again.stderr).toBe(0);
      expect(await answering(place)).toEqual(all(hosts, moment.version));
      expect(await recorded(place)).toEqual(all(hosts, `${moment.version} proven`));
      expect(
        stages(again.events, "bake.started").filter((name) => stages(first, "stage.passed").includes(name)),
      ).toEqual([]);
      const inHand = new Set(armed(first).filter((host) => !confirmed(first).includes(host)));
      for (const [host, starts] of await startsOf(place))
        expect(starts - (before.get(host) ?? 0), host).toBeLessThanOrEqual(inHand.has(host) ? 2 : 1);
    },
  );

  test("in a rollback: the same command goes on rolling back (cell 78)", async () => {
    expect((await place.ship(["--version", "v408", "--now", "--reason", "test"])).exit).toBe(0);
    const command = ["--component", "api", "--version", "v409", "--json"];
    await killed(place, command, (events) => events.some((event) => event.type === "rollback.started"), 0);
    const again = await place.ship(command);
    expect(again.exit, again.stdout + again.stderr).toBe(3);
    expect(again.events.filter(({ type }) => type === "host.switched")).toEqual([]);
    expect(await answering(place)).toEqual(all(hosts, "v408"));
  });
});

describe("ship is killed and not run again", { timeout: slow }, () => {
  test("hosts in hand put themselves back, and status shows it (cell 64)", async () => {
    const healthy = '{ type: http, url: "http://127.0.0.1:8080/health", within: 4s, for: 500ms, proof: version }';
    const place = openPlace(smallFleet({ lines: { activate_within: "2s", healthy } }));
    try {
      const command = ["--component", "api", "--version", "v408", "--json"];
      await killed(place, command, (events) => events.some((event) => event.type === "host.switched"), 0);
      const { events } = await place.ship(["status", "--json"]);
      expect(phaseOf(events, "h1")).toMatch(/^(armed|switched)$/);
      await expect.poll(() => recorded(place), { timeout: 120_000, interval: 1000 }).toContain("h1 v407 reverted");
      // Put back means restarted: the app may still be on its way to its port.
      await expect.poll(() => answering(place)).toEqual(all(hosts, "v407"));
      const shown = await place.ship(["status"]);
      expect(shown.stdout).toMatch(/v407[\s\S]*h1/);
    } finally {
      await place.close();
    }
  });
});

/** Runs the command, and kills it when its events are as far as `ready` says, and `later` ms have passed. */
async function killed(
  place: Place,
  command: readonly string[],
  ready: (events: readonly Event[]) => boolean,
  later: number,
): Promise<readonly Event[]> {
  const seen: Event[] = [];
  const running = place.start(command);
  await running.until((event) => {
    if (!seen.includes(event)) seen.push(event);
    return ready(seen);
  });
  await sleep(later);
  running.kill("SIGKILL");
  return (await running.ended).events;
}

function chosen({ name, types, from, to, later }: Moment) {
  const nth = from + Math.floor(random() * (to - from + 1));
  const delay = Math.floor(random() * later);
  console.log(`${name}: at event ${nth} of ${types.join(", ")}, ${delay} ms later`);
  const event = (events: readonly Event[]) => events.filter((each) => types.includes(each.type)).length >= nth;
  return { event, later: delay };
}

function stages(events: readonly Event[], type: "bake.started" | "stage.passed"): readonly string[] {
  return events.flatMap((event) => (event.type === type ? [event.stage] : []));
}

function armed(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => (event.type === "host.armed" ? [event.host] : []));
}

function confirmed(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => (event.type === "host.confirmed" ? [event.host] : []));
}

function phaseOf(events: readonly Event[], host: string): string {
  const found = events.find((event) => event.type === "host.observed" && event.host === host);
  return found?.type === "host.observed" ? (found.phase ?? "") : "";
}

/** mulberry32, a public-domain generator by Tommy Ettinger. */
function generator(from: number): () => number {
  let state = from | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
