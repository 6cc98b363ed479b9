import { describe, expect, test } from "vitest";
import type { Component, StagePolicy } from "../../src/core/component.ts";
import { everyOf } from "../../src/core/component.ts";
import type { Host } from "../../src/core/fleet.ts";
import { bare, blank, type HostRecord, type Observation } from "../../src/core/host.ts";
import { type Asked, isNothing, lastStage, type Plan, plan, type Seen } from "../../src/core/plan.ts";
import { followedBack, planBack } from "../../src/core/plan-back.ts";
import { component } from "../simulation/component.ts";
import { releaseOf } from "../simulation/lab.ts";

const [v406, v407, v408] = [releaseOf("v406").name, releaseOf("v407").name, releaseOf("v408").name];
const stage = (cohort: string, change: Partial<StagePolicy> = {}): StagePolicy => {
  const bake = change.bake ?? 10_000;
  return { cohort, share: undefined, bake, longestBake: bake, maxFailed: undefined, ...change };
};

type Look = Partial<HostRecord> & { see?: Partial<Observation>; healthy?: boolean };

function seen({ see, healthy, ...change }: Look = {}): Seen {
  const proven: HostRecord = { ...blank, rollout: "r0", attempt: 1, phase: "proven", current: v407, target: v407 };
  const record = { ...proven, ...change };
  const observation: Observation = {
    ...bare,
    record,
    link: record.current,
    releases: [v406, v407],
    proven: [v406, v407],
    free: 1e12,
    ...see,
  };
  return { type: "observed", observation, healthy, hidden: false };
}

const away: Seen = { type: "absent", cause: "unreachable", reason: "no route" };

function asked(
  looks: readonly (Seen | undefined)[],
  change: Partial<Asked> & { policy?: Partial<Component> } = {},
): Asked {
  const hosts: Host[] = looks.map((_, at) => {
    return {
      name: `api-${at + 1}`,
      address: "",
      port: undefined,
      user: undefined,
      labels: {},
      cohort: at === 0 ? "internal" : "all",
    };
  });
  const cohorts = [
    { name: "internal", hosts: hosts.slice(0, 1) },
    { name: "all", hosts },
  ];
  const { policy, ...rest } = change;
  return {
    component: component([stage("internal"), stage("all")], policy),
    fleet: { cohorts },
    release: releaseOf("v408"),
    seen: new Map(looks.flatMap((look, at) => (look === undefined ? [] : [[`api-${at + 1}`, look] as const]))),
    to: undefined,
    selected: undefined,
    now: false,
    adopt: false,
    retryBad: false,
    ...rest,
  };
}

function made(what: Asked): Plan {
  const planned = plan(what);
  if (planned.type === "refused") throw new Error(planned.complaints.join("; "));
  return planned.plan;
}

const hosts = (given: Plan) => given.stages.flatMap((one) => one.hosts);

function refused(what: Asked): string {
  const planned = plan(what);
  return planned.type === "refused" ? `${planned.outcome}: ${planned.complaints.join("; ")}` : "planned";
}

describe("a plan", () => {
  test("has each host once, from where to where, and back to what is proven on it", () => {
    const given = made(
      asked([seen(), seen({ current: v406, target: v406 })], { policy: { drain: { run: "x", for: 2_000 } } }),
    );
    expect(given.stages.map(({ name, width, bake }) => [name, width, bake])).toEqual([
      ["internal", 1, 10_000],
      ["all", 1, 10_000],
    ]);
    expect(hosts(given)).toMatchObject([
      { host: "api-1", action: "change", from: v407, to: v408, back: v407 },
      { host: "api-2", action: "change", from: v406, to: v408, back: v406 },
    ]);
    expect(given.least).toBe(2 * (3_000 + 10_000));
    expect(made(asked([seen()], { policy: { healthy: undefined } })).least).toBe(10_000);
    expect(lastStage(given)).toBe("all");
    expect(lastStage({ ...given, stages: [] })).toBe("");
  });

  test("takes a drifted host as it is: not for proven, whatever its record says, and back to what ran there", () => {
    const given = made(
      asked([seen({ see: { link: v408, releases: [v407, v408] } }), seen({ see: { link: v406 } })], { adopt: true }),
    );
    expect(hosts(given)).toMatchObject([
      { action: "change", from: v408, to: v408, back: v407 },
      { action: "change", from: v406, to: v408, back: v406 },
    ]);
  });

  test("stops after --to, keeps to the hosts that are selected, and --now leaves the bakes out", () => {
    expect(made(asked([seen(), seen()], { to: "internal" })).stages.length).toBe(1);
    expect(made(asked([seen(), seen()], { to: "nowhere" })).stages.length).toBe(2);
    const only = made(asked([seen(), seen(), seen()], { selected: new Set(["api-2"]), now: true }));
    expect(hosts(only).map(({ host }) => host)).toEqual(["api-2"]);
    expect(only.stages.every(({ bake }) => bake === 0)).toBe(true);
  });

  test("counts the hosts that are down and that no stage has", () => {
    const looks = [seen(), seen(), seen({ healthy: false }), away, undefined];
    const given = made(
      asked(looks, { selected: new Set(["api-1", "api-2"]), policy: { maxUnavailable: { type: "count", count: 4 } } }),
    );
    expect(given.stages.map(({ down }) => down)).toEqual([0, 3]);
  });

  test("counts a host whose revert failed as down, whatever answers there: nobody has put it back into service", () => {
    const failed = seen({ phase: "revert-failed", healthy: true });
    const given = made(asked([seen(), failed], { selected: new Set(["api-1"]) }));
    expect(given.stages.map(({ down }) => down)).toEqual([0, 1]);
    expect(hosts(made(asked([seen({ healthy: true }), failed]))).map(({ healthy }) => healthy)).toEqual([true, false]);
  });

  test("names shares as they were written, and a cohort that is not there has no hosts", () => {
    const stages = [
      stage("all", { share: { type: "percent", percent: 25 } }),
      stage("all", { share: { type: "count", count: 2 }, maxFailed: { type: "count", count: 1 } }),
      stage("moon"),
    ];
    const given = made(asked([seen(), seen(), seen(), seen()], { policy: { stages } }));
    expect(given.stages.map(({ name, hosts, maxFailed }) => [name, hosts.length, maxFailed])).toEqual([
      ["all 25%", 1, 0],
      ["all 2", 2, 1],
      ["moon", 0, 0],
    ]);
  });

  test("changes nothing that is proven, and bakes again what is there unproven", () => {
    const mine = { rollout: "r1", current: v408, target: v408, good: v407, see: { releases: [v407, v408] } } as const;
    const given = made(
      asked([seen({ ...mine, open: "r1" }), seen({ ...mine, phase: "confirmed", open: "r1" }), seen()]),
    );
    expect(given.continues).toBe("r1");
    expect(hosts(given).map(({ host, action, back, ours }) => [host, action, back, ours])).toEqual([
      ["api-1", "none", v407, true],
      ["api-2", "bake", v407, true],
      ["api-3", "change", v407, false],
    ]);
    const proven = made(asked([seen(mine), seen(mine)]));
    expect(isNothing(proven)).toBe(true);
    expect(isNothing(made(asked([seen({ ...mine, open: "r1" }), seen(mine)])))).toBe(false);
  });

  test("goes on rolling back what was turned back, unless it is to be tried again", () => {
    const turned = {
      rollout: "r1",
      open: "r1",
      current: v408,
      target: v408,
      good: v407,
      direction: "rollback",
    } as const;
    const looks = [seen(turned), seen()];
    expect(made(asked(looks))).toMatchObject({ direction: "rollback", continues: "r1", version: "v408" });
    expect(made(asked(looks, { retryBad: true }))).toMatchObject({ direction: "forward", continues: "r1" });
    const ended = { ...turned, open: "" };
    expect(made(asked([seen(ended), seen()])).direction).toBe("forward");
  });

  test("goes on rolling back where it was killed while it took its leave: some hosts still say that it goes on", () => {
    const back = { rollout: "r1", target: v408, phase: "reverted", good: v407, direction: "rollback" } as const;
    expect(made(asked([seen(back), seen({ open: "r1" })]))).toMatchObject({ direction: "rollback", continues: "r1" });
  });

  test("goes on with the newest rollout that is open, or else left something unproven: it may have been turned back", () => {
    const on = { current: v408, target: v408, good: v407 } as const;
    const older = seen({ ...on, rollout: "r1", open: "r1" });
    const turned = { target: v408, good: v407, phase: "reverted", direction: "rollback" } as const;
    const newer = seen({ ...turned, rollout: "r2", open: "r2" });
    for (const looks of [
      [older, newer],
      [newer, older],
    ])
      expect(made(asked(looks))).toMatchObject({ direction: "rollback", continues: "r2" });
    const [first, second] = ["r1", "r2"].map((rollout) => seen({ ...on, rollout, phase: "confirmed" }));
    expect(made(asked([first, second])).continues).toBe("r2");
    expect(made(asked([second, first])).continues).toBe("r2");
  });

  test("a straggler's rollback that is gone on with leaves what other rollouts have proven, unless all of it was asked back", () => {
    const straggler = { rollout: "r2", open: "r2", target: v408, good: v407, direction: "rollback" } as const;
    const turned = seen({ ...straggler, phase: "reverted" });
    const on = { rollout: "r1", current: v408, target: v408, good: v407 } as const;
    const told = { ...on, direction: "rollback", open: "r2" } as const;
    const actions = (...looks: Seen[]) => hosts(made(asked([turned, ...looks]))).map(({ action }) => action);
    expect(actions(seen(on), seen(on))).toEqual(["none", "none", "none"]);
    expect(actions(seen(told), seen(on))).toEqual(["none", "change", "change"]);
    expect(actions(seen({ ...told, open: "" }), seen(on))).toEqual(["none", "none", "none"]);
    const back = { ...told, current: v407, phase: "reverted" } as const;
    expect(actions(seen(back), seen(on))).toEqual(["none", "none", "none"]);
  });

  test("measures as often as is written, else a tenth of the bake between 1 and 15 s", () => {
    expect([everyOf(700, 0), everyOf(undefined, 0), everyOf(undefined, 60_000), everyOf(undefined, 1e9)]).toEqual([
      700, 1_000, 6_000, 15_000,
    ]);
  });
});

describe("what could never be decided is refused", () => {
  test("a service whose process cannot be found", () => {
    const hidden = { ...seen(), hidden: true } as Seen;
    expect(refused(asked([seen(), hidden]))).toBe(
      "refused: api-2: the service answers, and its process cannot be found, so its restarts could not be counted",
    );
  });

  test("a bake that is over before an assertion can have its readings, but not one without a bake, or with nothing to do", () => {
    const stages = [stage("internal", { bake: 3_000 }), stage("all")];
    const text =
      "usage: stage internal: its bake of 3 s is over before p99_latency < 50 can have its 3 readings; it needs 4 s at least";
    expect(refused(asked([seen(), seen()], { policy: { stages } }))).toBe(text);
    expect(refused(asked([seen(), seen()], { policy: { stages }, now: true }))).toBe("planned");
    const there = seen({ current: v408, target: v408, see: { releases: [v407, v408] } });
    expect(refused(asked([there, seen()], { policy: { stages } }))).toBe("planned");
    const watched = component([]).assertions.map((policy) => ({ ...policy, observeOnly: true }));
    expect(refused(asked([seen(), seen()], { policy: { stages, assertions: watched } }))).toBe("planned");
  });
});

describe("a plan is refused", () => {
  test.each<[string, Look, string]>([
    ["foreign (cell 52)", { see: { foreign: "current is a folder" } }, "refused: api-1: current is a folder"],
    [
      "drift (cell 27)",
      { see: { link: "" } },
      `refused: api-1 runs nothing, and ship left it on ${v407}: something else changed it`,
    ],
    [
      "never ours",
      { current: "", see: { link: "x" } },
      "refused: api-1 runs x, and ship left it on nothing: something else changed it",
    ],
    ["bad (cell 7)", { see: { bad: [v408] } }, "refused: v408 was rolled back as bad before, on api-1"],
    ["tools (cell 30)", { see: { missingTools: ["flock", "tar"] } }, "refused: api-1 lacks flock, tar"],
    ["room (cell 25)", { see: { free: 10 } }, "refused: api-1 has 10 B free under api, and needs 980 KB"],
    ["files (cell 25)", { see: { inodes: 99 } }, "refused: api-1 has 99 free inodes under api, and needs 100 at least"],
  ])("%s", (_, look, text) => {
    expect(refused(asked([seen(look), seen()]))).toBe(text);
  });

  test("in the folder that it is about: of a flag or a rate not the service's", () => {
    const policy = { tree: "api/.ship/flags/lxc" };
    expect(refused(asked([seen({ see: { free: 10 } })], { policy }))).toContain("free under api/.ship/flags/lxc");
    const other = plan(asked([seen({ see: { foreign: "its record does not parse" } })], { policy }));
    expect(other).toMatchObject({
      type: "refused",
      hint: expect.stringMatching(/^Look at api\/\.ship\/flags\/lxc there/),
    });
    const own = plan(asked([seen({ see: { foreign: "its record does not parse" } })]));
    expect(own).toMatchObject({ type: "refused", hint: expect.stringMatching(/^Something else manages api there/) });
  });

  test("and not for what was overridden, is on its way, or is there already", () => {
    expect(refused(asked([seen({ see: { link: "" } })], { adopt: true }))).toBe("planned");
    expect(refused(asked([seen({ see: { bad: [v408] } })], { retryBad: true }))).toBe("planned");
    expect(refused(asked([seen({ phase: "switched", see: { link: v406 } })]))).toBe("planned");
    expect(refused(asked([seen({ see: { free: 10, releases: [v407, v408] } })]))).toBe("planned");
    expect(refused(asked([seen({ see: { inodes: 100 } })]))).toBe("planned");
  });

  test("for a key that changed, and for one tree under two names (cells 4, 18)", () => {
    const changed: Seen = { type: "absent", cause: "host-key", reason: "its key changed" };
    expect(refused(asked([seen(), changed]))).toBe("refused: api-2: its key changed");
    const one = seen({ see: { id: "ff" } });
    expect(refused(asked([one, one, seen({ see: { id: "aa" } })]))).toBe(
      "refused: api-1 and api-2 are one and the same tree",
    );
  });

  test("for more hosts away than may fail", () => {
    expect(refused(asked([seen(), away]))).toBe("unreachable: api-2 (all): no route");
    expect(refused(asked([seen(), undefined]))).toBe("unreachable: api-2 (all): it was not asked");
    expect(
      refused(
        asked([seen(), away, seen()], {
          policy: { maxFailed: { type: "count", count: 1 }, maxUnavailable: { type: "count", count: 2 } },
        }),
      ),
    ).toBe("planned");
  });

  test("for a window with no room", () => {
    const down = { current: v408, target: v408, healthy: false };
    const policy = { maxUnavailable: { type: "count", count: 1 } } as const;
    expect(refused(asked([seen(), seen(down), seen()], { policy }))).toBe(
      "refused: all: api-2 is down already, and max_unavailable allows 1 of its hosts",
    );
    expect(refused(asked([seen(), seen(down), seen(down), seen()], { policy }))).toContain(
      "api-[2-3] are down already",
    );
    expect(refused(asked([seen()], { policy: { maxUnavailable: { type: "count", count: 0 } } }))).toContain(
      "internal: max_unavailable lets no host be changed",
    );
  });
});

describe("a rollback's plan", () => {
  const on = { rollout: "r1", current: v408, target: v408, good: v407 } as const;
  const back = (looks: readonly (Seen | undefined)[], change: Partial<Parameters<typeof planBack>[0]> = {}) => {
    const { component, fleet, seen } = asked(looks);
    return planBack({ component, fleet, seen, toVersion: undefined, selected: undefined, ...change });
  };
  const actions = (given: Plan) => hosts(given).map(({ action, back }) => `${action} ${back}`);

  test("undoes the last rollout, and puts back whatever is unproven", () => {
    const older = { current: v406, target: v406, rollout: "r0", phase: "confirmed", good: v407 } as const;
    const given = back([seen(on), seen(older), seen(), away, undefined]);
    expect(actions(given)).toEqual([`none ${v408}`, `change ${v407}`, `none ${v407}`, "absent ", "absent "]);
    expect(actions(back([seen(on), seen()]))).toEqual([`change ${v407}`, `none ${v407}`]);
    expect(back([seen(on)]).version).toBe("v407");
    expect(back([seen({ ...on, good: "", phase: "confirmed" })]).version).toBe("no release");
  });

  test("undoes what the rollout changed and no more, where that is asked: also to nothing", () => {
    const straggler = seen({ ...on, rollout: "r0" });
    const made = back([seen({ ...on, good: "" }), straggler, seen()], { exact: true });
    expect(actions(made)).toEqual(["change ", `none ${v408}`, `none ${v407}`]);
    expect(made.version).toBe("no release");
  });

  test("takes the rollout that is open before any other, and is nothing where all is proven", () => {
    expect(back([seen({ ...on, open: "r1" }), seen({ rollout: "r2" })]).continues).toBe("r1");
    expect(isNothing(back([seen({ ...on, good: "" })]))).toBe(true);
    expect(isNothing(back([seen({ ...on, phase: "reverted", current: v407, open: "r1" })]))).toBe(false);
    expect(isNothing(back([seen({ rollout: "" })]))).toBe(true);
    expect(back([away]).continues).toBeUndefined();
  });

  test("looks again at a host that was put back and does not answer there", () => {
    const reverted = { ...on, phase: "reverted", current: v407 } as const;
    expect(actions(back([seen({ ...reverted, healthy: false })]))).toEqual([`change ${v407}`]);
    expect(actions(back([seen({ ...reverted, healthy: true })]))).toEqual([`none ${v407}`]);
  });

  test("goes to a version that was named, where it was proven and not found bad later", () => {
    const both = { see: { releases: [v406, v407, v408], proven: [v406, v408], bad: [v408] } };
    expect(actions(back([seen(both)], { toVersion: "v406" }))).toEqual([`change ${v406}`]);
    expect(actions(back([seen(both)], { toVersion: "v408" }))).toEqual(["absent "]);
    expect(actions(back([seen()], { toVersion: "v407" }))).toEqual([`none ${v407}`]);
  });

  test("keeps to the hosts that are selected, and no fleet is no plan", () => {
    expect(hosts(back([seen(on), seen(on)], { selected: new Set(["api-2"]) })).length).toBe(1);
    expect(hosts(back([seen(on)], { fleet: { cohorts: [] } }))).toEqual([]);
  });

  test("follows a host that moved on meanwhile", () => {
    const [still, going] = hosts(back([seen(), seen(on)]));
    if (still === undefined || going === undefined) throw new Error("two hosts");
    const record: HostRecord = { ...blank, ...on, phase: "switched", attempt: 4, open: "r1" };
    expect(followedBack(still, record)).toMatchObject({ action: "change", back: v407, attempt: 4, from: v408 });
    expect(followedBack(going, record)).toMatchObject({ action: going.action, attempt: 4 });
    const calm: HostRecord = { ...blank, phase: "proven", current: v407, attempt: 5 };
    expect(followedBack(still, calm)).toMatchObject({ action: "none", attempt: 5 });
  });
});
