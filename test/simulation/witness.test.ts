import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Component } from "../../src/core/component.ts";
import type { Order } from "../../src/core/host.ts";
import { closureText } from "../../src/core/sign.ts";
import { component } from "./component.ts";
import type { Fault, SimHost } from "./fleet.ts";
import { type Lab, lab, releaseOf, rollBack, type Shipped, saying, ship, shipAll } from "./lab.ts";
import { running } from "./seed.ts";

const runs = { numRuns: Number(process.env["SHIP_RUNS"] ?? 25) };
const stage = { share: undefined, bake: 8_000, longestBake: 8_000, maxFailed: undefined };

function open(all = 5, policy: Partial<Component> = {}): Lab {
  const stages = [
    { ...stage, cohort: "internal" },
    { ...stage, cohort: "all" },
  ];
  const sizes = new Map([
    ["internal", 1],
    ["all", all],
  ]);
  const made = lab(sizes, component(stages, policy));
  running(made, "v407");
  return made;
}

/** So many hosts may fail, and one more may be out of service besides. */
function excusing(count: number): Partial<Component> {
  return { maxFailed: { type: "count", count }, maxUnavailable: { type: "count", count: count + 1 } };
}

const sims = (made: Lab): readonly SimHost[] => [...made.simulation.fleet.values()];
const links = (made: Lab) => sims(made).map(({ state }) => state.link);
const everywhere = (made: Lab, version: string) => sims(made).map(() => releaseOf(version).name);
const types = ({ told }: Shipped) => told.map(({ happening }) => happening.type);

function outcomeOf({ planned, ended }: Shipped): string {
  if (ended !== undefined) return ended.outcome;
  return planned?.type === "refused" ? planned.outcome : "nothing";
}

function named(made: Lab, name: string): SimHost {
  const found = made.simulation.fleet.get(name);
  if (found === undefined) throw new Error(`no host ${name}`);
  return found;
}

function fault(made: Lab, names: readonly string[], order: string, kind: Fault["kind"]): void {
  for (const name of names) named(made, name).faults.set(order, { kind, times: Number.POSITIVE_INFINITY });
}

describe("two deployers", () => {
  test("a second one is told what the first does now, and not what it did when the second came", async () => {
    const alone = (await ship(open(), { version: "v408" })).told.filter(
      ({ happening }) => happening.type === "bake.started",
    );
    const after = (alone.at(-1)?.at ?? 0) + 100;
    const [, other] = await shipAll(open(), [
      { version: "v408", from: "here" },
      { version: "v409", from: "there", after },
    ]);
    expect(other?.planned).toMatchObject({
      outcome: "locked",
      complaints: [expect.stringMatching(/: watching stage all$/)],
    });
  });

  test.each([500, 4_000, 12_000, 15_000])(
    "a second one is refused while the first lives, told within a second whom it watches, and touches no host: %d ms later (cell 8)",
    async (after) => {
      const made = open();
      let second = -1;
      made.clock.later(after, () => {
        second = made.simulation.orders.length;
      });
      const [first, other] = await shipAll(made, [
        { version: "v408", from: "here" },
        { version: "v409", from: "there", after },
      ]);
      expect(second).toBeGreaterThan(-1);
      expect(first && outcomeOf(first)).toBe("done");
      expect(other && outcomeOf(other)).toBe("locked");
      expect(other?.told[0]).toMatchObject({ happening: { type: "holder.watched", within: 10_000 } });
      expect(other?.told[0]?.at).toBeLessThan(1_000);
      expect(links(made)).toEqual(everywhere(made, "v408"));
    },
  );

  test("a dead one is superseded by the same command from anywhere, which goes on (cell 9)", async () => {
    const made = open();
    await ship(made, { version: "v408", from: "here", killAt: 12_000 });
    const before = sims(made).map(({ state }) => state.record.generation);
    const again = await ship(made, { version: "v408", from: "there" });
    expect(types(again).slice(0, 2)).toEqual(["holder.watched", "holder.superseded"]);
    expect(outcomeOf(again)).toBe("done");
    expect(sims(made).map(({ state }) => state.record.generation)).toEqual(before.map((one) => one + 1));
    expect(links(made)).toEqual(everywhere(made, "v408"));
  });

  test("one that took its leave is not watched", async () => {
    const made = open();
    await ship(made, { version: "v408", from: "here", timeout: 12_000 });
    const again = await ship(made, { version: "v408", from: "there" });
    expect(types(again)).not.toContain("holder.watched");
    expect(outcomeOf(again)).toBe("done");
  });

  test("one that stood still and wakes up is rejected by the hosts and puts nothing back (cell 10)", async () => {
    const made = open();
    const [slept, newcomer] = await shipAll(made, [
      { version: "v408", from: "here", asleep: { from: 12_400, until: 612_400 } },
      { version: "v409", from: "there", after: 20_000 },
    ]);
    expect(newcomer && types(newcomer)).toContain("holder.superseded");
    expect(newcomer && outcomeOf(newcomer)).toBe("done");
    expect(slept?.ended).toMatchObject({ outcome: "locked", reason: "superseded" });
    expect(slept?.ended?.took).toBeGreaterThan(600_000);
    expect(slept && types(slept)).not.toContain("host.reverted");
    expect(slept && types(slept)).not.toContain("rollback.started");
    expect(links(made)).toEqual(everywhere(made, "v409"));
  });

  test("in a tie exactly one goes on, whoever is ahead on whichever host, and the other puts nothing back (cell 8)", async () => {
    const delays = fc.array(fc.constantFrom(0, 20, 40, 80), { minLength: 10, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(delays, fc.nat(60), async (given, after) => {
        const made = open();
        const delayed = slowFences(made, given);
        const ends = await shipAll(made, [
          { version: "v408", from: "here" },
          { version: "v409", from: "there", after },
        ]);
        expect(delayed()).toBeGreaterThan(0);
        expect(ends.map(outcomeOf).sort()).toEqual(["done", "locked"]);
        const [winner] = ends.filter((one) => outcomeOf(one) === "done");
        const [loser] = ends.filter((one) => outcomeOf(one) === "locked");
        expect(loser && types(loser)).not.toContain("host.reverted");
        const version = winner?.planned?.type === "plan" ? winner.planned.plan.version : "";
        expect(links(made)).toEqual(everywhere(made, version));
      }),
      runs,
    );
  });

  test("a rollback takes over from a run that begins at the same moment", async () => {
    const made = open();
    await ship(made, { version: "v408", to: "internal", from: "here" });
    const before = links(made);
    const [deploy, back] = await shipAll(made, [
      { version: "v408", from: "here" },
      { version: "", from: "there" },
    ]);
    expect(before[0]).toBe(releaseOf("v408").name);
    expect(back && outcomeOf(back)).toBe("done");
    expect(deploy && outcomeOf(deploy)).toBe("locked");
    expect(links(made)).toEqual(everywhere(made, "v407"));
  });

  test("each cut off from some hosts: both never go on, and no host is left between (cell 11)", async () => {
    const some = fc.subarray(["api-01", "api-02", "api-03", "api-04", "api-05"], { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(some, some, fc.nat(60), async (one, other, after) => {
        const made = open(5, excusing(3));
        const ends = await shipAll(made, [
          { version: "v408", from: "here", cutOff: one },
          { version: "v409", from: "there", cutOff: other, after },
        ]);
        expect(ends.filter((end) => outcomeOf(end) === "done").length).toBeLessThanOrEqual(
          one.length + other.length >= 5 ? 2 : 1,
        );
        await made.clock.drive(made.clock.sleep(300_000));
        expect(
          sims(made).every(({ state }) => state.record.phase !== "armed" && state.record.phase !== "switched"),
        ).toBe(true);
      }),
      runs,
    );
  });
});

describe("a fence that is not whole (cell 11)", () => {
  test("acts on no host when more could not be taken over than may fail", async () => {
    const made = open();
    fault(made, ["api-05"], "fence", "lost-before");
    const { ended, told } = await ship(made, { version: "v408" });
    expect(ended).toMatchObject({ outcome: "unreachable" });
    expect(ended?.summary).toContain("api-05 could not be taken over");
    expect(told.some(({ happening }) => happening.type === "host.armed")).toBe(false);
    expect(links(made)).toEqual(everywhere(made, "v407"));
  });

  test("goes on without those that max_failed excuses, and counts them as down (DESIGN)", async () => {
    const made = open(5, excusing(1));
    fault(made, ["api-05"], "fence", "lost-before");
    const { ended } = await ship(made, { version: "v408" });
    expect(ended).toMatchObject({ outcome: "done" });
    expect(ended?.hosts.find(({ host }) => host === "api-05")).toMatchObject({ state: "behind" });
    expect(links(made).at(-1)).toBe(releaseOf("v407").name);
  });
});

describe("a lock by hand", () => {
  test("that is written after the look, and before the fence, stops the rollout and no rollback", async () => {
    const made = open();
    const { perform } = made.simulation.hosts;
    const text = closureText({ by: "ada@desk", at: "2026-11-21T22:30:00Z", why: "an audit" });
    made.simulation.hosts.perform = (host, place, operation) => {
      const sim = named(made, "api-04");
      if (operation.type === "fence") sim.signs = { ...sim.signs, closed: text };
      return perform(host, place, operation);
    };
    const { ended, told } = await ship(made, { version: "v408" });
    expect(ended).toMatchObject({ outcome: "refused", reason: "locked" });
    expect(ended?.summary).toContain("api is locked by ada@desk since 2026-11-21T22:30:00Z: an audit (on api-04)");
    expect(told.some(({ happening }) => happening.type === "host.armed")).toBe(false);
    expect(sims(made).every(({ state }) => state.record.open === "")).toBe(true);
    expect(outcomeOf(await ship(made, { version: "v408" })), "and from then on the plan says so").toBe("refused");
  });

  test("that is written while it is under way stops it neither, nor a rollback", async () => {
    const made = open();
    made.clock.later(12_000, () => {
      for (const sim of sims(made)) sim.signs = { ...sim.signs, closed: "an audit" };
    });
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("done");
    expect(outcomeOf(await rollBack(made))).toBe("done");
    expect(links(made)).toEqual(everywhere(made, "v407"));
  });
});

describe("hosts that a filter leaves out", () => {
  test("are taken over with the rest: an older run that wakes up acts on none of them (cell 10)", async () => {
    const made = open();
    const [slept, newcomer] = await shipAll(made, [
      { version: "v408", from: "here", asleep: { from: 12_400, until: 60_000 } },
      { version: "v409", from: "there", to: "internal", after: 20_000 },
    ]);
    expect(newcomer && outcomeOf(newcomer)).toBe("done");
    expect(slept?.ended).toMatchObject({ outcome: "locked", reason: "superseded" });
    await made.clock.drive(made.clock.sleep(200_000));
    expect(links(made).slice(3), "the one in hand put itself back").toEqual(everywhere(made, "v407").slice(3));
  });

  test("keep two runs apart that begin at once on different ones: exactly one goes on (cell 8)", async () => {
    for (const after of [0, 10, 20, 30]) {
      const made = open();
      const ends = await shipAll(made, [
        { version: "v408", from: "here", only: new Set(["api-04", "api-05"]), after },
        { version: "v409", from: "there", only: new Set(["api-01", "api-02"]) },
      ]);
      expect(ends.map(outcomeOf).sort()).toEqual(["done", "locked"]);
    }
  });

  test("are left as they are, and say afterwards that nobody runs anything", async () => {
    const made = open();
    const before = sims(made).map(({ state, starts }) => ({ link: state.link, starts }));
    const { ended } = await ship(made, { version: "v408", to: "internal" });
    expect(ended?.hosts.map(({ host }) => host)).toEqual(["api-01"]);
    const after = sims(made).map(({ state, starts }) => ({ link: state.link, starts }));
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(sims(made).every(({ state }) => state.record.open === "")).toBe(true);
  });
});

test("nothing has to be unlocked by force: a rollback takes over from a live run, which the hosts then refuse (cell 15)", async () => {
  const made = open();
  const [deploy, back] = await shipAll(made, [
    { version: "v408", from: "here" },
    { version: "", from: "there", after: 14_000 },
  ]);
  expect(deploy?.ended).toMatchObject({ outcome: "locked", reason: "superseded" });
  expect(deploy && types(deploy)).toContain("host.confirmed");
  expect(back && outcomeOf(back)).toBe("done");
  expect(links(made)).toEqual(everywhere(made, "v407"));
});

test("S18: a host that claims a generation far beyond the others is refused in the plan, and followed by nobody", async () => {
  const made = open();
  const liar = named(made, "api-03");
  liar.state = { ...liar.state, record: { ...liar.state.record, generation: 9_000_000 } };
  for (const host of sims(made).filter((one) => one !== liar))
    host.state = { ...host.state, record: { ...host.state.record, generation: 4 } };
  const refused = await ship(made, { version: "v408" });
  expect(outcomeOf(refused)).toBe("refused");
  const only = new Set(["api-01", "api-02", "api-04", "api-05"]);
  const rest = await ship(made, { version: "v408", only });
  expect(outcomeOf(rest)).toBe("done");
  expect(named(made, "api-01").state.record.generation).toBe(5);
  const back = await rollBack(made);
  expect(outcomeOf(back)).toBe("stuck");
  expect(back.ended?.hosts.find(({ host }) => host === "api-03")?.detail).toContain("far beyond all others");
  expect(links(made)).toEqual(everywhere(made, "v407"));
});

test("S18: a host that lies about which rollout was the last does not keep the others from going back", async () => {
  for (const lie of [
    { rollout: "r9", open: "" },
    { rollout: "r9", open: "r9" },
    { rollout: "r9", open: "r9", generation: 2 },
  ]) {
    const made = open();
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("done");
    const liar = named(made, "api-04");
    liar.state = { ...liar.state, record: { ...liar.state.record, ...lie } };
    const { ended } = await rollBack(made);
    expect(ended?.hosts.filter(({ state }) => state === "restored").map(({ host }) => host)).toEqual(
      expect.arrayContaining(["api-01", "api-02", "api-03", "api-05"]),
    );
  }
});

test("an order of a dead run that comes late is refused by every host that was taken over (cell 12)", async () => {
  const made = open();
  await ship(made, { version: "v408", killAt: 12_400 });
  const dead = named(made, "api-02").state.record;
  await ship(made, { version: "v408" });
  const { record } = named(made, "api-02").state;
  const target = made.fleet.cohorts[1]?.hosts.find(({ name }) => name === "api-02");
  if (target === undefined) throw new Error("no api-02");
  const claim = { generation: dead.generation, run: dead.run, sequence: 999 };
  const late = { type: "fence", rollout: "r1", expect: "", holder: "ghost", claim } as const;
  const place = { component: "api", path: "api" };
  const answer = await made.clock.drive(made.simulation.hosts.perform(target, place, late));
  expect(answer).toMatchObject({ type: "refused", cause: "stale" });
  expect(named(made, "api-02").state.record).toEqual(record);
});

describe("words", () => {
  const later = (made: Lab, ms: number, word: Parameters<typeof saying>[1]) =>
    new Promise<Awaited<ReturnType<typeof saying>>>((resolve) => {
      made.clock.later(ms, () => void saying(made, word).then(resolve));
    });

  test("are taken within some beats, and whoever said them is told so", async () => {
    const made = open();
    const said = later(made, 4_000, "pause");
    const resumed = later(made, 20_000, "resume");
    const shipped = await ship(made, { version: "v408" });
    expect(await said).toMatchObject({ type: "taken", rollout: "r1", stage: "internal" });
    expect(await resumed).toMatchObject({ type: "taken" });
    expect(outcomeOf(shipped)).toBe("done");
  });

  test("that there is nothing to do for are not told to be taken: a rollback is not paused, and says what it does", async () => {
    const made = open();
    const resumed = later(made, 4_000, "resume");
    const aborted = later(made, 12_000, "abort");
    const paused = aborted.then(() => saying(made, "pause"));
    slow(made, "revert", 20_000);
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("rolled-back");
    expect(await resumed).toMatchObject({ type: "vain", doing: expect.stringContaining("stage internal") });
    expect(await aborted).toMatchObject({ type: "taken" });
    expect(await paused).toMatchObject({ type: "vain", doing: expect.stringContaining("rolling back") });
  });

  test("an approval is not said where the hosts do not agree on what waits for it", async () => {
    const made = open();
    const said = made.clock.sleep(4_000).then(() => {
      for (const [at, sim] of sims(made).entries())
        sim.signs = { ...sim.signs, beat: sim.signs.beat.replace(/\tinternal\t/, `\tstage ${at}\t`) };
      return saying(made, "approve");
    });
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("done");
    expect(await said).toMatchObject({ type: "unclear", stage: "" });
    expect(sims(made).every(({ signs }) => signs.word === "")).toBe(true);
  });

  test("find nobody where nobody runs: a pause does not stay, an approval does", async () => {
    const made = open();
    expect(await made.clock.drive(saying(made, "pause"))).toEqual({ type: "nothing" });
    await ship(made, { version: "v408", killAt: 12_400 });
    expect(await made.clock.drive(saying(made, "pause"))).toMatchObject({
      type: "unheard",
      silent: expect.any(String),
    });
    expect(sims(made).every(({ signs }) => signs.word === "")).toBe(true);
    expect(await made.clock.drive(saying(made, "approve"))).toMatchObject({ type: "unheard", stage: "all" });
    expect(sims(made).some(({ signs }) => signs.word !== "")).toBe(true);
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("done");
  });

  test("that are said at once are each taken, or said again", async () => {
    for (const [first, second] of [
      [1, 2],
      [2, 1],
    ]) {
      const made = open();
      const both = new Promise<readonly Awaited<ReturnType<typeof saying>>[]>((resolve) => {
        const pair = () => Promise.all([saying(made, "abort", "bad", first), saying(made, "pause", "lunch", second)]);
        made.clock.later(12_000, () => void pair().then(resolve));
      });
      expect(outcomeOf(await ship(made, { version: "v408", timeout: 300_000 }))).toBe("rolled-back");
      expect(await both).toMatchObject([{ type: "taken" }, {}]);
      expect(links(made)).toEqual(everywhere(made, "v407"));
    }
  });

  test("a resume after a paused run died is found by the next one, which does not stand still", async () => {
    const made = open();
    const said = later(made, 4_000, "pause");
    await ship(made, { version: "v408", killAt: 30_000 });
    expect(await said).toMatchObject({ type: "taken" });
    expect(await made.clock.drive(saying(made, "resume"))).toMatchObject({ type: "unheard" });
    const again = await ship(made, { version: "v408", timeout: 120_000 });
    expect(types(again)).not.toContain("rollout.paused");
    expect(outcomeOf(again)).toBe("done");
  });

  test("that nobody took are taken back, also where the answer was lost, and what lay there before comes back", async () => {
    const made = open();
    await ship(made, { version: "v408", killAt: 12_400 });
    await made.clock.drive(saying(made, "approve"));
    const before = sims(made).map(({ signs }) => signs.word);
    fault(made, ["api-01", "api-02", "api-03"], "steer", "lost");
    const patient = made.clock.drive(saying(made, "abort"));
    expect(await patient).toMatchObject({ type: "unsaid" });
    expect(before.filter((word) => word !== "")).not.toHaveLength(0);
    expect(sims(made).map(({ signs }) => signs.word)).toEqual(before);
  });

  test("an abort is not undone by running it again: the version goes nowhere until it is shipped anew", async () => {
    const made = open();
    const said = later(made, 12_000, "abort");
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("rolled-back");
    expect(await said).toMatchObject({ type: "taken" });
    expect(links(made)).toEqual(everywhere(made, "v407"));
    expect(outcomeOf(await ship(made, { version: "v408" }))).toBe("done");
  });
});

/** Orders of a kind take so long, ms. */
function slow(made: Lab, type: Order["type"], ms: number): void {
  const { perform } = made.simulation.hosts;
  made.simulation.hosts.perform = async (host, place, operation) => {
    if (operation.type === type) await made.clock.sleep(ms);
    return perform(host, place, operation);
  };
}

/** Fences of each run arrive at each host when the dice say; tells how many were delayed. */
function slowFences(made: Lab, delays: readonly number[]): () => number {
  const { perform } = made.simulation.hosts;
  let count = 0;
  made.simulation.hosts.perform = async (host, place, operation) => {
    if (operation.type === "fence") {
      await made.clock.sleep(delays[count % delays.length] ?? 0);
      count += 1;
    }
    return perform(host, place, operation);
  };
  return () => count;
}
