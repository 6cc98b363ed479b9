import { describe, expect, test } from "vitest";
import { component } from "./component.ts";
import { type Lab, lab, releaseOf, ship } from "./lab.ts";
import { running } from "./seed.ts";

const stage = (cohort: string, bake = 8_000) => {
  return { cohort, share: undefined, bake, longestBake: bake, maxFailed: undefined };
};

/** Cohorts of one and of `all` hosts, with v407 proven on them. */
function fleetOf(all: number, policy: Parameters<typeof component>[1] = {}): Lab {
  const sizes = new Map([
    ["internal", 1],
    ["all", all],
  ]);
  const made = lab(sizes, component([stage("internal"), stage("all")], policy));
  running(made, "v407");
  return made;
}

const hosts = (made: Lab) => [...made.simulation.fleet.values()];
const links = (made: Lab) => hosts(made).map(({ state }) => state.link);
const phases = (made: Lab) => hosts(made).map(({ state }) => state.record.phase);

describe("what a version is", () => {
  test("is pinned by its digest: other bytes under its name are another release, with all its stages to go (cell 3)", async () => {
    const made = fleetOf(4);
    const first = releaseOf("v408");
    await ship(made, { version: "v408", killAt: 15_000 });
    expect(links(made)).toContain(first.name);
    const moved = { ...first, name: "v408-ffffffff", manifest: { ...first.manifest, digest: "moved" } };
    const again = await ship(made, { version: "v408", release: moved });
    expect(again.ended).toMatchObject({ exit: 0 });
    expect(again.planned).toMatchObject({ plan: { continues: undefined, release: "v408-ffffffff" } });
    const baked = again.told.filter(({ happening }) => happening.type === "bake.started");
    expect(baked).toHaveLength(2);
    expect(new Set(links(made))).toEqual(new Set(["v408-ffffffff"]));
  });
});

describe("the list of hosts", () => {
  test("may grow between a kill and the next run: what is proven stays so, the new host comes along (cell 5)", async () => {
    const made = fleetOf(5);
    const whole = made.fleet;
    const less = { cohorts: whole.cohorts.map((one) => ({ ...one, hosts: one.hosts.slice(0, 4) })) };
    await ship({ ...made, fleet: less }, { version: "v408", killAt: 15_000 });
    made.runs = 1;
    expect(phases(made)[0]).toBe("proven");
    const before = hosts(made).map(({ starts }) => starts);
    const again = await ship(made, { version: "v408" });
    expect(again.ended).toMatchObject({ exit: 0 });
    expect(links(made)).toEqual(links(made).map(() => releaseOf("v408").name));
    expect(hosts(made)[0]?.starts).toBe(before[0]);
    expect(hosts(made)[4]?.starts).toBe(2);
  });

  test("may shrink: a host that is gone from it is left as it is, and is in no report (cell 5)", async () => {
    const made = fleetOf(5);
    await ship(made, { version: "v408", killAt: 15_000 });
    const left = hosts(made)[4]?.state;
    const less = { cohorts: made.fleet.cohorts.map((one) => ({ ...one, hosts: one.hosts.slice(0, 4) })) };
    const again = await ship({ ...made, fleet: less }, { version: "v408" });
    expect(again.ended).toMatchObject({ exit: 0 });
    expect(again.ended?.hosts.map(({ host }) => host)).not.toContain("api-05");
    expect(hosts(made)[4]?.state.link).toBe(left?.link);
  });
});

test("a host whose bytes come slowly keeps no other waiting (cell 36)", async () => {
  const made = fleetOf(5, { maxUnavailable: { type: "count", count: 1 } });
  const { perform } = made.simulation.hosts;
  const slow: typeof perform = async (host, place, operation) => {
    if (operation.type === "place" && host.name === "api-02") await made.clock.sleep(100_000);
    return perform(host, place, operation);
  };
  const { told, ended } = await ship(
    { ...made, simulation: { ...made.simulation, hosts: { perform: slow } } },
    { version: "v408" },
  );
  const at = (name: string) =>
    told.find(({ happening }) => happening.type === "host.confirmed" && happening.host === name)?.at ?? 0;
  expect(ended).toMatchObject({ exit: 0 });
  expect(Math.max(...["api-03", "api-04", "api-05"].map(at))).toBeLessThan(40_000);
  expect(at("api-02")).toBeGreaterThan(100_000);
});

test("a service that fails its assertions already is found before anything is changed, and not blamed on the release (cell 28)", async () => {
  const made = fleetOf(4);
  made.behaviours.set("v407", { errors: 0.2 });
  const { ended } = await ship(made, { version: "v408", measures: true });
  expect(ended).toBeUndefined();
  expect(made.simulation.orders).toEqual([]);
  expect(hosts(made).flatMap(({ state }) => state.bad)).toEqual([]);
});

test("a cohort without traffic decides nothing, and is held (cell 71)", async () => {
  const made = fleetOf(4, { assertions: component([]).assertions.map((one) => ({ ...one, minEvents: 1e9 })) });
  const { ended } = await ship(made, { version: "v408" });
  expect(ended).toMatchObject({ exit: 8, reason: "no-evidence" });
  expect(phases(made)).toEqual(["confirmed", "proven", "proven", "proven"]);
});
