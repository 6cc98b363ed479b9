import { describe, expect, test } from "vitest";
import type { Answer, Order } from "../../../src/core/host.ts";
import { hostsOf } from "../../../src/core/rollout/hosts.ts";
import { isOut } from "../../../src/core/rollout/progress.ts";
import { hostIn } from "../../../src/core/rollout/roster.ts";
import { Desk, fresh, hostPlan, lost, old, stagePlan } from "./desk.ts";

const unsent: Answer = { type: "unreachable", cause: "unreachable", reason: "connection refused" };
const drain = { run: "leave", for: 1_000 };

/** Every order of a rollout's way forward, and the step that waits for its answer. */
const forward: readonly (readonly [Order["type"], string])[] = [
  ["place", "placing"],
  ["once", "stepping"],
  ["arm", "arming"],
  ["drain", "draining"],
  ["switch", "switching"],
  ["activate", "activating"],
  ["undrain", "undraining"],
  ["confirm", "confirming"],
];

function begun(): Desk {
  const once = [{ run: "migrate", when: "before", reversible: true }] as const;
  const hosts = [hostPlan("a"), hostPlan("b")];
  const desk = new Desk([stagePlan("all", hosts, { maxFailed: 1, width: 1 })], {
    policy: { once, drain, undrain: "join" },
  });
  desk.begin();
  return desk;
}

/** As often as an answer may be missing before the host counts as unknown. */
const patience = 6;

describe.each([
  ["is lost", lost],
  ["was never sent", unsent],
] as const)("an order that %s", (_what, answer) => {
  test.each(forward)(
    "%s is neither done nor failed: it is asked again, and then the host is unknown and bad (cell 49)",
    (order, step) => {
      const desk = begun();
      desk.go([order]);
      const [host = ""] = desk.asks()[0]?.split(" ") ?? [];
      for (let asked = 0; asked < patience; asked += 1) {
        const told = desk.told.length;
        desk.answer(host, order, answer);
        expect(desk.at(host), `${asked}`).toBe(step);
        expect(desk.asks()).toEqual([`${host} ${order}`]);
        expect(desk.told.length).toBe(told);
      }
      desk.answer(host, order, answer);
      expect(desk.at(host)).toBe("unknown");
      expect(hostIn(desk.state.hosts, host)).toMatchObject({ bad: true, fell: false });
      expect(
        hostsOf(desk.state)
          .filter(isOut)
          .map(({ plan }) => plan.host),
      ).toContain(host);
      expect(desk.told.at(-1)?.type === "host.lost" || desk.told.some(({ type }) => type === "host.lost")).toBe(true);
      expect(desk.told.some(({ type }) => type === "host.failed")).toBe(false);
    },
  );

  test("prove: the stage passes for the others, and the host is not said to be proven (cell 62)", () => {
    const desk = new Desk([stagePlan("all", [hostPlan("a"), hostPlan("b")], { maxFailed: 1 })], {
      policy: { healthy: undefined },
      options: { now: true },
    });
    desk.begin();
    desk.go(["prove"]);
    desk.answer("b", "prove");
    for (let asked = 0; asked <= patience; asked += 1) desk.answer("a", "prove", answer);
    desk.go();
    expect(desk.at("a")).toBe("unknown");
    expect(desk.ended?.hosts.map(({ host, state }) => `${host} ${state}`)).toEqual(["a behind", "b proven"]);
    expect(desk.told.some((one) => one.type === "host.proven" && one.host === "a")).toBe(false);
  });

  test("revert: the host is not said to be back, and takes up the room of one in hand (cells 49, 76)", () => {
    const hosts = ["a", "b", "c"].map((name) => hostPlan(name, { from: fresh, to: old }));
    const policy = { rollback: { maxUnavailable: { type: "count", count: 2 } as const } };
    const desk = new Desk([stagePlan("rollback", hosts, { maxFailed: 3 })], {
      policy,
      options: { asked: "rollback" },
      plan: { direction: "rollback", release: "" },
    });
    desk.begin();
    for (const name of ["a", "b", "c"]) desk.answer(name, "fence");
    for (const name of ["a", "b", "c"]) desk.answer(name, "direct");
    expect(desk.at("a")).toBe("directed");
    for (let asked = 0; asked <= patience; asked += 1) desk.answer("c", "revert", answer);
    expect(desk.at("c")).toBe("unknown");
    expect(desk.at("a")).toBe("directed");
    desk.answer("b", "revert");
    desk.checked("b");
    expect(desk.at("a")).toBe("reverting");
    desk.answer("a", "revert");
    desk.checked("a");
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, reason: "rollback-incomplete" });
    expect(desk.ended?.hosts.map(({ host, state, version }) => `${host} ${state} ${version}`)).toEqual([
      "a restored v407",
      "b restored v407",
      "c unknown undefined",
    ]);
  });

  test("fence: the host counts as down and against max_failed, and is not touched", () => {
    const desk = begun();
    desk.answer("a", "fence");
    for (let asked = 0; asked <= patience; asked += 1) desk.answer("b", "fence", answer);
    desk.go();
    expect(desk.told.some((one) => one.type === "host.armed" && one.host === "b")).toBe(false);
    expect(hostIn(desk.state.hosts, "b")).toMatchObject({ at: "unknown", bad: true, down: true, fenced: false });
  });
});
