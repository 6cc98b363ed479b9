import { describe, expect, test } from "vitest";
import type { HostRecord } from "../../../src/core/host.ts";
import { hostIn } from "../../../src/core/rollout/roster.ts";
import { Desk, done, fresh, hostPlan, lost, old, refused, stagePlan } from "./desk.ts";

/** What was observed of each host: another run's record of an older generation. */
const three = () => [
  stagePlan(
    "all",
    ["a", "b", "c"].map((name) => hostPlan(name)),
  ),
];

function begun(...made: ConstructorParameters<typeof Desk>): Desk {
  const desk = new Desk(...made);
  desk.begin();
  return desk;
}

const rival: Partial<HostRecord> = { generation: 2, run: "eve", holder: "eve@there", attempt: 1, phase: "proven" };
const tie = refused("stale", rival);
const expects = (desk: Desk) =>
  desk.wanted.flatMap((effect) =>
    effect.type === "order" && effect.order.type === "fence"
      ? [`${effect.host} ${effect.order.expect} ${effect.after}`]
      : [],
  );

describe("a tie", () => {
  test("is won by the run that has the first host: it fences all again, as they are now, with a higher generation", () => {
    const desk = begun(three());
    desk.answer("b", "fence", tie);
    expect(desk.state.phase.name).toBe("fencing");
    desk.answer("a", "fence", done({ attempt: 1 }));
    desk.answer("c", "fence", lost);
    desk.answer("c", "fence", done({ attempt: 1 }));
    expect(desk.state.generation).toBe(3);
    expect(expects(desk)).toEqual(["a 2.me.0.1.proven 0", "b 2.eve.0.1.proven 0", "c 2.me.0.1.proven 0"]);
    for (const host of ["a", "b", "c"]) desk.answer(host, "fence", done({ generation: 3 }));
    expect(desk.state.phase.name).toBe("changing");
    expect(desk.told.filter(({ type }) => type === "host.fenced").length).toBe(3);
  });

  test("is lost by the other, which stops and sends no host another word", () => {
    const desk = begun(three());
    desk.answer("b", "fence");
    desk.answer("a", "fence", tie);
    desk.answer("c", "fence");
    expect(desk.ended).toMatchObject({ exit: 5, reason: "superseded", summary: expect.stringContaining("eve@there") });
    expect(desk.asks()).toEqual([]);
  });

  test("that does not end is given up", () => {
    const desk = begun(three());
    for (let round = 0; round < 4; round += 1) {
      desk.answer("a", "fence");
      desk.answer("b", "fence");
      desk.answer("c", "fence", refused("stale", { ...rival, generation: 2 + round }));
    }
    expect(desk.ended).toMatchObject({ exit: 5 });
  });

  test("is none when the other run has begun to change the host, or is newer", () => {
    for (const other of [
      { ...rival, attempt: 2 },
      { ...rival, generation: 3 },
    ]) {
      const desk = begun(three());
      desk.answer("a", "fence");
      desk.answer("b", "fence", refused("stale", other));
      expect(desk.ended).toMatchObject({ exit: 5, reason: "superseded" });
    }
  });
});

describe("a rollback", () => {
  const back = { plan: { direction: "rollback", release: "" }, options: { asked: "rollback" } } as const;

  test("does not give way: it takes the host from whoever fenced it meanwhile, however new", () => {
    const desk = begun(
      [
        stagePlan(
          "all",
          ["a", "b"].map((name) => hostPlan(name, { from: fresh })),
        ),
      ],
      back,
    );
    desk.answer("b", "fence");
    desk.answer(
      "a",
      "fence",
      refused("stale", { ...rival, generation: 7, phase: "switched", current: fresh, good: old }),
    );
    expect(desk.state.generation).toBe(8);
    expect(expects(desk)).toEqual(["a 7.eve.0.1.switched 300", "b 2.me.0.0.proven 300"]);
    for (const host of ["a", "b"]) desk.answer(host, "fence", done({ generation: 8 }));
    expect(desk.state.phase.name).toBe("restoring");
  });

  test("follows no host to a generation that nobody can have", () => {
    const desk = begun(
      [
        stagePlan(
          "all",
          ["a", "b"].map((name) => hostPlan(name, { from: fresh })),
        ),
      ],
      back,
    );
    desk.answer("a", "fence", refused("stale", { ...rival, generation: 5_000 }));
    desk.answer("b", "fence");
    expect(desk.state.generation).toBe(2);
    expect(hostIn(desk.state.hosts, "a")).toMatchObject({
      at: "unknown",
      detail: expect.stringContaining("generation 5000"),
    });
  });

  test("that an abort asked for ends as an abort does", () => {
    const options = { asked: "abort", by: "ada@desk", why: "wrong customer" } as const;
    const desk = begun([stagePlan("all", [hostPlan("a", { from: fresh })])], { plan: back.plan, options });
    desk.answer("a", "fence");
    desk.go();
    desk.checked("a");
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 3, reason: "aborted" });
    expect(desk.ended?.summary).toContain("aborted by ada@desk: wrong customer");
  });
});

test("a rollout that stands still by an earlier word says so when it begins", () => {
  const paused = { number: 2, rollout: "r1", word: "pause", by: "ada", why: "lunch", approved: [] } as const;
  const desk = begun(three(), { options: { steered: { taken: 2, paused, approved: [], paces: [] } } });
  expect(desk.told).toEqual([{ type: "rollout.paused", by: "ada", why: "lunch" }]);
});

describe("a host that is not of this rollout", () => {
  const beside = { plan: { beside: [hostPlan("x", { action: "none" })] } };
  const begunBeside = (): Desk => begun([stagePlan("all", [hostPlan("b")])], beside);

  test("is taken over before any is changed, beats and gets the page, and is no part of the end", () => {
    const desk = begunBeside();
    desk.answer("b", "fence");
    expect(desk.state.phase.name).toBe("fencing");
    desk.answer("x", "fence");
    desk.go();
    expect(desk.state.phase.name).toBe("baking");
    expect(hostIn(desk.state.beside, "x")).toMatchObject({ at: "proven", fenced: true });
    desk.tick(10_000);
    desk.input({ type: "measured", at: desk.now, samples: [] });
    desk.go();
    expect(desk.ended).toMatchObject({ outcome: "done", hosts: [{ host: "b" }] });
  });

  test("that puts itself back meanwhile is followed; one that another run took ends this one", () => {
    const desk = begunBeside();
    desk.answer("x", "fence", refused("moved", { generation: 1, run: "you", phase: "reverted" }));
    expect(expects(desk)).toEqual(["x 1.you.0.0.reverted 0"]);
    desk.answer("x", "fence", refused("moved", { generation: 1, run: "eve" }));
    expect(desk.ended).toMatchObject({ exit: 5, reason: "superseded" });
  });

  test("and that does not answer costs this rollout nothing", () => {
    const desk = begunBeside();
    desk.answer("b", "fence");
    for (let time = 0; time < 4; time += 1) desk.answer("x", "fence", lost);
    expect(desk.state.phase.name).toBe("changing");
  });
});

describe("a lock by hand that came after the look", () => {
  const closed = { ...refused("locked"), detail: "2026-11-21T22:30:00Z\tada@desk\tan audit" };

  test("on one host stops the run before it touches anything; the hosts that it has are let go", () => {
    const desk = begun(three());
    const heeds = desk.wanted.flatMap((effect) =>
      effect.type === "order" && effect.order.type === "fence" ? [effect.order.heeds] : [],
    );
    expect(heeds).toEqual(["lock", "lock", "lock"]);
    desk.answer("b", "fence", closed);
    desk.answer("a", "fence");
    expect(desk.state.phase.name).toBe("fencing");
    desk.answer("c", "fence", tie);
    expect(desk.asks()).toEqual(["a close"]);
    desk.answer("a", "close");
    expect(desk.ended).toMatchObject({
      exit: 6,
      reason: "locked",
      summary:
        "api is locked by ada@desk since 2026-11-21T22:30:00Z: an audit (on b); that was done after the hosts were looked at. Nothing live was touched.",
      hint: "When that is over: ship unlock -c api. A rollback needs no unlocking.",
    });
    expect(desk.ended?.hosts.map(({ state }) => state)).toEqual(["untouched", "untouched", "untouched"]);
  });

  test("stops no rollback, be it asked for or gone on with", () => {
    for (const asked of ["rollback", "release"] as const) {
      const desk = begun(three(), { plan: { direction: "rollback" }, options: { asked } });
      expect(desk.wanted).toHaveLength(3);
      expect(desk.wanted.every((effect) => effect.type === "order" && !("heeds" in effect.order))).toBe(true);
    }
  });
});
