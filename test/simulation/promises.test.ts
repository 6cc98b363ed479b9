import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { component } from "./component.ts";
import { type Behaviour, isOut } from "./fleet.ts";
import { type Ask, type Lab, lab, releaseOf, rollBack, ship } from "./lab.ts";
import { running } from "./seed.ts";

const runs = { numRuns: Number(process.env["SHIP_RUNS"] ?? 60) };

const share = (count: number) => ({ type: "count", count }) as const;
const stageOf = (cohort: string) => ({
  cohort,
  share: undefined,
  bake: 8_000,
  longestBake: 8_000,
  maxFailed: undefined,
});

type Setting = {
  readonly internal: number;
  readonly all: number;
  readonly width: number;
  readonly back: number;
  readonly maxFailed: number;
  readonly behaviour: Behaviour;
  readonly versions: readonly string[];
};

const behaviours: readonly Behaviour[] = [
  {},
  {},
  { p99: 80 },
  { connections: 2 },
  { errors: 0.3, errorsAfter: 10_000 },
  { activates: false },
  { healthy: false },
];

const setting: fc.Arbitrary<Setting> = fc.record({
  internal: fc.integer({ min: 1, max: 2 }),
  all: fc.integer({ min: 3, max: 7 }),
  width: fc.integer({ min: 1, max: 3 }),
  back: fc.integer({ min: 1, max: 3 }),
  maxFailed: fc.integer({ min: 0, max: 1 }),
  behaviour: fc.constantFrom(...behaviours),
  versions: fc.array(fc.constantFrom("v405", "v406", "v407"), { minLength: 7, maxLength: 7 }),
});

function open({ internal, all, width, back, maxFailed, behaviour, versions }: Setting): Lab {
  const policy = {
    maxUnavailable: share(width),
    maxFailed: share(maxFailed),
    rollback: { maxUnavailable: share(back) },
  };
  const made = lab(
    new Map([
      ["internal", internal],
      ["all", all],
    ]),
    component([stageOf("internal"), stageOf("all")], policy),
  );
  made.behaviours.set("v408", behaviour);
  [...made.simulation.fleet.keys()].forEach((host, at) => {
    running(made, versions[at] ?? "v407", [host]);
  });
  return made;
}

/** Answers that get lost, before or after the order was carried out, so often. */
const losses = fc.array(
  fc.record({
    host: fc.nat(6),
    order: fc.constantFrom(
      "fence",
      "place",
      "arm",
      "switch",
      "activate",
      "confirm",
      "prove",
      "direct",
      "revert",
      "close",
    ),
    kind: fc.constantFrom("lost" as const, "lost-before" as const),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 5 },
);

function lose(made: Lab, lost: typeof losses extends fc.Arbitrary<infer T> ? T : never): void {
  const hosts = [...made.simulation.fleet.values()];
  for (const { host, order, kind, times } of lost) hosts[host % hosts.length]?.faults.set(order, { kind, times });
}

const links = (made: Lab) => [...made.simulation.fleet.values()].map(({ state }) => state.link);
const starts = (made: Lab) => [...made.simulation.fleet.values()].map((host) => host.starts);

describe("whatever is lost on the way", () => {
  test("no more than max_unavailable hosts are out of service at once", async () => {
    await fc.assert(
      fc.asyncProperty(setting, losses, async (set, lost) => {
        const made = open(set);
        lose(made, lost);
        let most = 0;
        let turned = false;
        made.simulation.watch = () => {
          turned ||= made.simulation.orders.some((order) => order.endsWith(" direct"));
          const out = [...made.simulation.fleet.values()].filter((host) => isOut(host, made.behaviours)).length;
          if (!turned) most = Math.max(most, out);
        };
        await ship(made, { version: "v408" });
        expect(most).toBeLessThanOrEqual(set.width);
      }),
      runs,
    );
  });

  test("no host is ever on a release that is neither its old nor the new one", async () => {
    await fc.assert(
      fc.asyncProperty(setting, losses, async (set, lost) => {
        const made = open(set);
        const before = links(made);
        lose(made, lost);
        const odd: string[] = [];
        made.simulation.watch = () => {
          odd.push(...links(made).filter((link, at) => link !== before[at] && link !== releaseOf("v408").name));
        };
        await ship(made, { version: "v408" });
        expect(odd).toEqual([]);
      }),
      runs,
    );
  });

  test("done is everywhere on the release and proven, rolled back is everywhere where it was", async () => {
    await fc.assert(
      fc.asyncProperty(setting, losses, async (set, lost) => {
        const made = open(set);
        const before = links(made);
        lose(made, lost);
        const { ended } = await ship(made, { version: "v408" });
        const behind = new Set(ended?.hosts.filter((host) => host.state === "behind").map(({ host }) => host));
        const hosts = [...made.simulation.fleet];
        if (ended?.outcome === "done") {
          expect(behind.size).toBeLessThanOrEqual(2 * set.maxFailed);
          const rest = hosts.filter(([name]) => !behind.has(name)).map(([, host]) => host.state);
          expect(rest.every(({ link, record }) => link === releaseOf("v408").name && record.phase === "proven")).toBe(
            true,
          );
        } else {
          expect(["rolled-back", "refused", "held"]).toContain(ended?.outcome);
          if (ended?.outcome !== "held") expect(links(made)).toEqual(before);
        }
      }),
      runs,
    );
  });

  test("a rollback brings every host back to its own release", async () => {
    await fc.assert(
      fc.asyncProperty(setting, losses, fc.integer({ min: 50, max: 30_000 }), async (set, lost, killAt) => {
        const made = open({ ...set, behaviour: {} });
        const before = links(made);
        lose(made, lost);
        await ship(made, { version: "v408", killAt });
        await rollBack(made);
        await made.clock.drive(made.clock.sleep(200_000));
        expect(links(made)).toEqual(before);
        const started = starts(made);
        expect([undefined, "done"]).toContain((await rollBack(made)).ended?.outcome);
        expect(starts(made)).toEqual(started);
      }),
      runs,
    );
  });

  test("no evidence never passes", async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (set) => {
        const made = open({ ...set, behaviour: { blind: true } });
        const { ended } = await ship(made, { version: "v408" });
        expect(ended?.outcome).toBe("held");
        expect(
          [...made.simulation.fleet.values()].some(({ state }) => state.proven.includes(releaseOf("v408").name)),
        ).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});

const small: Setting = {
  internal: 1,
  all: 3,
  width: 2,
  back: 1,
  maxFailed: 0,
  behaviour: {},
  versions: ["v407", "v406", "v405"],
};

test("bakes of proven stages are not repeated, and a finished fleet is sent no order at all", async () => {
  const made = open(small);
  await ship(made, { version: "v408", killAt: 12_000 });
  const again = await ship(made, { version: "v408" });
  const baked = again.told.flatMap(({ happening }) => (happening.type === "bake.started" ? [happening.stage] : []));
  expect(baked).toEqual(["all"]);
  const orders = made.simulation.orders.length;
  const asks: readonly Ask[] = [
    { version: "v408" },
    { version: "v408", to: "internal" },
    { version: "v408", now: true },
  ];
  for (const ask of asks) await ship(made, ask);
  expect(made.simulation.orders.length).toBe(orders);
});
