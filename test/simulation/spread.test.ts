import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Happening } from "../../src/core/event.ts";
import type { Hosts } from "../../src/core/host.ts";
import { copiesFromHere, takersAtOnce } from "../../src/core/rollout/placing.ts";
import { component } from "./component.ts";
import { lab, ship } from "./lab.ts";
import { running } from "./seed.ts";

/** What goes wrong, as seeded chances: hosts that cannot pass on, and relays that are gone when somebody comes. */
type Faults = { readonly unable: (host: string) => boolean; readonly dies: (taker: string) => boolean };

const none: Faults = { unable: () => false, dies: () => false };

/** ms that a copy takes, from here or from another host. */
const copyMs = 10_000;

/** A fleet whose hosts pass on what they have, and what was sent from where. */
async function spread(hosts: number, faults: Faults) {
  const stage = (cohort: string) => ({
    cohort,
    share: undefined,
    bake: 8_000,
    longestBake: 8_000,
    maxFailed: undefined,
  });
  const sizes = new Map([
    ["internal", 1],
    ["all", hosts + 1],
  ]);
  const made = lab(
    sizes,
    component([stage("internal"), stage("all")], { spread: true, maxUnavailable: { type: "percent", percent: 100 } }),
  );
  running(made, "v407");
  const relays = new Map<string, { readonly host: string; readonly takes: number; came: number; now: number }>();
  const busiest = { onOne: 0, came: 0 };
  let calls = 0;
  const { perform } = made.simulation.hosts;
  const through: Hosts["perform"] = async (host, place, operation) => {
    if (operation.type === "pass-on") {
      await made.clock.sleep(20);
      if (faults.unable(host.name)) return { type: "failed", detail: "it has neither python3 nor perl", log: "" };
      calls += 1;
      const url = `http://${host.name}:1/${calls}`;
      relays.set(url, { host: host.name, takes: operation.takes, came: 0, now: 0 });
      return { type: "serving", url };
    }
    if (operation.type !== "place") return perform(host, place, operation);
    const relay = relays.get(operation.from?.url ?? "");
    if (relay !== undefined) {
      relay.came += 1;
      relay.now += 1;
      const sameHost = [...relays.values()].filter((one) => one.host === relay.host);
      busiest.onOne = Math.max(
        busiest.onOne,
        sameHost.reduce((sum, one) => sum + one.now, 0),
      );
      busiest.came = Math.max(busiest.came, relay.came - relay.takes);
    }
    const isDead = relay !== undefined && faults.dies(host.name);
    await made.clock.sleep(isDead ? copyMs / 2 : copyMs);
    if (relay !== undefined) relay.now -= 1;
    if (isDead) await made.clock.sleep(copyMs);
    const answer = await perform(host, place, operation);
    if (answer.type !== "done") return answer;
    const bytes = operation.size;
    if (relay !== undefined && !isDead) return { ...answer, came: { from: "relay", bytes } };
    return { ...answer, came: { from: "here", bytes, ...(isDead ? { instead: "curl ended with code 18" } : {}) } };
  };
  const simulation = { ...made.simulation, hosts: { perform: through } };
  const shipped = await ship({ ...made, simulation }, { version: "v408", now: true });
  const placed = shipped.told.flatMap(({ at, happening }) =>
    happening.type === "host.placed" ? [{ at, happening }] : [],
  );
  return { ...shipped, placed, busiest, hosts: [...made.simulation.fleet.values()] };
}

const isFrom = (from: string) => (one: { happening: Extract<Happening, { type: "host.placed" }> }) =>
  "from" in one.happening && one.happening.from === from;

describe("a release whose bytes are spread", () => {
  test("is sent from here to three hosts of a stage, whatever its size, and is everywhere a few copies later", async () => {
    const { ended, placed } = await spread(40, none);
    expect(ended).toMatchObject({ exit: 0 });
    expect(placed.filter(isFrom("here"))).toHaveLength(1 + copiesFromHere);
    expect(placed.filter(isFrom("relay"))).toHaveLength(37);
    const all = placed.slice(1).map(({ at }) => at);
    // 3, then up to 12 and 48 hosts have it; each round trip in between takes a moment.
    expect(Math.max(...all) - Math.min(...all)).toBeLessThan(4 * copyMs);
  });

  test("comes to every host where relays die and hosts cannot pass it on, and no host is asked for more than three at once (property)", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom([0, 0], [0.3, 0], [0, 0.3], [0.5, 0.5], [1, 0], [0, 1]),
        async (count, stream, [unable = 0, dies = 0]) => {
          const chance = (share: number) => {
            const rolled = new Map<string, boolean>();
            return (host: string) => {
              const known = rolled.get(host) ?? Number(stream.next().value) < share;
              rolled.set(host, known);
              return known;
            };
          };
          const { ended, hosts, placed, busiest } = await spread(count, { unable: chance(unable), dies: chance(dies) });
          expect(ended).toMatchObject({ exit: 0 });
          expect(new Set(hosts.map(({ state }) => state.link)).size).toBe(1);
          expect(placed).toHaveLength(count + 1);
          expect(busiest.onOne).toBeLessThanOrEqual(takersAtOnce);
          expect(busiest.came).toBeLessThanOrEqual(0);
          if (unable + dies === 0)
            expect(placed.filter(isFrom("here"))).toHaveLength(1 + Math.min(count, copiesFromHere));
        },
      ),
      { numRuns: 15 },
    ));
});
