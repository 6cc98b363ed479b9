import { describe, expect, test } from "vitest";
import { hostsOf } from "../../../src/core/rollout/hosts.ts";
import { nameOf } from "../../../src/core/rollout/progress.ts";
import { hostIn } from "../../../src/core/rollout/roster.ts";
import { Desk, done, failed, fresh, hostPlan, lost, old, refused, stagePlan } from "./desk.ts";

const back = { direction: "rollback", release: "", version: "v407" } as const;
const asked = { asked: "rollback" } as const;

/** A host that a rollback takes from the new release to the old one. */
function going(name: string, change: Parameters<typeof hostPlan>[1] = {}) {
  return hostPlan(name, { from: fresh, to: old, expect: "1.you.0.1.confirmed", ...change });
}

/** Found on its good release by this rollback, and not well there. */
function triedBefore(name: string) {
  return going(name, { from: old, healthy: false });
}

function rollback(hosts: readonly ReturnType<typeof hostPlan>[], width: number): Desk {
  const policy = { rollback: { maxUnavailable: { type: "count", count: width } as const } };
  const desk = new Desk([stagePlan("rollback", hosts, { maxFailed: hosts.length })], {
    policy,
    options: asked,
    plan: back,
  });
  desk.begin();
  return desk;
}

function fencedAndDirected(desk: Desk): void {
  const there = hostsOf(desk.state)
    .filter(({ plan }) => plan.action !== "absent")
    .map(nameOf);
  for (const name of there) desk.answer(name, "fence", done());
  const going = there.filter((name) => desk.at(name) === "directing");
  for (const name of going) desk.answer(name, "direct", done({ current: hostIn(desk.state.hosts, name)?.runs ?? "" }));
}

function inHand(desk: Desk): readonly string[] {
  return hostsOf(desk.state)
    .filter(({ at }) => at === "reverting" || at === "verifying")
    .map(nameOf);
}

describe("how many go back at once", () => {
  test("a host of which nothing is known takes up room, and one at a time goes all the same", () => {
    const absent = (name: string) => hostPlan(name, { action: "absent", detail: "refused" });
    const some = rollback([absent("a"), going("b"), going("c"), going("d")], 3);
    fencedAndDirected(some);
    expect(inHand(some)).toEqual(["c", "d"]);
    const most = rollback([absent("a"), absent("b"), absent("c"), going("d"), going("e")], 2);
    fencedAndDirected(most);
    expect(inHand(most)).toEqual(["e"]);
  });

  test("a host that an earlier rollback left ill is looked at before the room that it may need is given away", () => {
    const desk = rollback([going("a"), going("b"), triedBefore("c")], 2);
    fencedAndDirected(desk);
    expect(inHand(desk)).toEqual(["b", "c"]);
    const narrow = rollback([going("a"), triedBefore("b")], 1);
    fencedAndDirected(narrow);
    expect(inHand(narrow)).toEqual(["b"]);
    narrow.answer("b", "revert");
    narrow.checked("b", true);
    expect(inHand(narrow)).toEqual(["a"]);
  });
});

describe("what the hosts go back to is no better (cell 77)", () => {
  test("the rest stays in service, and is still so when it is asked again", () => {
    const desk = rollback([going("a"), triedBefore("b")], 1);
    fencedAndDirected(desk);
    desk.answer("b", "revert");
    desk.checked("b", false);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, reason: "environment" });
    expect(desk.ended?.summary).toMatch(/^api was rolled back in part\. .* So a stay on v408\.$/);
    expect(desk.ended?.hint).toContain("ship rollback -c api --skip-hosts b");
    expect(desk.ended?.hosts.map(({ host, state }) => `${host} ${state}`)).toEqual(["a confirmed", "b bad"]);
  });

  test("hosts that an earlier rollback brought back well speak for it", () => {
    const well = hostPlan("a", { action: "none", from: old, to: old });
    const desk = rollback([well, going("b"), triedBefore("c")], 1);
    fencedAndDirected(desk);
    desk.answer("c", "revert", failed);
    expect(inHand(desk)).toEqual(["b"]);
  });

  test("a host that stayed on its release, or that is out of service anyway, says nothing of it", () => {
    const stayed = hostPlan("a", { action: "none", detail: "it runs what was proven on it" });
    const ill = hostPlan("b", { action: "none", healthy: false });
    const desk = rollback([stayed, ill, going("c"), going("d", { healthy: false }), triedBefore("e")], 1);
    fencedAndDirected(desk);
    desk.answer("e", "revert");
    desk.checked("e", false);
    expect(inHand(desk)).toEqual(["d"]);
    desk.answer("d", "revert");
    desk.checked("d", false);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, reason: "environment" });
    expect(desk.at("c")).toBe("directed");
  });

  test("a host that refuses to go back stays in service, and stops nobody", () => {
    const desk = rollback([going("a"), going("b")], 1);
    fencedAndDirected(desk);
    desk.answer("b", "revert", refused("missing"));
    expect(inHand(desk)).toEqual(["a"]);
  });
});

describe("a host that its lease took back meanwhile, and that did not come up", () => {
  const fallen = { phase: "revert-failed", current: old } as const;

  /** `b` is found so by its fence, or by its direction. */
  function fell(b: Parameters<typeof hostPlan>[1], by: "fence" | "direct"): Desk {
    const desk = rollback([going("a"), going("b", b)], 1);
    if (by === "fence") desk.answer("b", "fence", refused("moved", fallen));
    desk.answer("a", "fence");
    desk.answer("b", "fence", done(by === "fence" ? fallen : {}));
    desk.answer("a", "direct", done({ current: fresh }));
    desk.answer("b", "direct", done(fallen));
    return desk;
  }

  test.each(["fence", "direct"] as const)("is tried again before any other goes, as its %s tells", (by) => {
    const desk = fell({}, by);
    expect(inHand(desk)).toEqual(["b"]);
    desk.answer("b", "revert");
    desk.checked("b", true);
    expect(inHand(desk)).toEqual(["a"]);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 0 });
  });

  test.each(["fence", "direct"] as const)("stops the others when it stays so, as its %s tells", (by) => {
    const desk = fell({}, by);
    desk.answer("b", "revert", failed);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, reason: "environment" });
    expect(desk.ended?.hosts.map(({ host, state }) => `${host} ${state}`)).toEqual(["a confirmed", "b bad"]);
  });

  test("says nothing of what it goes back to where it was out of service before, or was known to be so", () => {
    const ill = fell({ healthy: false }, "direct");
    ill.answer("b", "revert", failed);
    expect(inHand(ill)).toEqual(["a"]);
    const known = rollback([going("a"), going("b", { from: old, expect: "1.you.0.1.revert-failed" })], 2);
    for (const name of ["a", "b"]) known.answer(name, "fence", done(name === "b" ? fallen : {}));
    for (const name of ["a", "b"]) known.answer(name, "direct", done(name === "b" ? fallen : { current: fresh }));
    expect(inHand(known)).toEqual(["a", "b"]);
  });
});

describe("how it is told", () => {
  test("hosts that run what ship did not bring stay on what they run", () => {
    const desk = rollback([going("a", { from: "by-hand" }), triedBefore("b")], 1);
    fencedAndDirected(desk);
    desk.answer("b", "revert");
    desk.checked("b", false);
    desk.go();
    expect(desk.ended?.summary).toMatch(/So a stay on what they run\.$/);
  });

  test.each([
    [["a"], "it answers again"],
    [["a", "b"], "they answer again"],
  ])("%j that give no answer are waited for", (away, words) => {
    const desk = rollback(
      away.map((name) => hostPlan(name, { action: "absent", detail: "refused" })),
      1,
    );
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, hint: `When ${words}: ship rollback -c api` });
  });

  test.each([
    [true, "assertion-failed"],
    [false, "rollback-continued"],
  ] as const)(
    "one that is gone on with is for a failed assertion when the release is marked bad (%s)",
    (wasBad, reason) => {
      const desk = new Desk([stagePlan("rollback", [going("a")])], { plan: { ...back, wasBad } });
      desk.begin();
      fencedAndDirected(desk);
      desk.go();
      expect(desk.ended).toMatchObject({ exit: 3, reason });
    },
  );

  test("a rollback that finds every host back already says so", () => {
    const desk = rollback([hostPlan("a", { action: "none", from: old, to: old })], 1);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 0, summary: expect.stringContaining("No host had to be put back.") });
  });

  test("each fence brings the list of the fleet's hosts, where there is one", () => {
    const desk = new Desk([stagePlan("all", [hostPlan("a")])]);
    desk.state = { ...desk.state, given: { ...desk.state.given, fleetList: "H4sI" } };
    desk.begin();
    expect(desk.wanted).toMatchObject([{ type: "order", order: { type: "fence", fleet: "H4sI" } }]);
  });
});

describe("before any host is switched", () => {
  const begun = () => {
    const desk = new Desk([stagePlan("all", [hostPlan("a"), hostPlan("b")])], { policy: { healthy: undefined } });
    desk.begin();
    desk.go(["arm"]);
    return desk;
  };

  test("a host that is lost while it is armed makes it unreachable", () => {
    const desk = begun();
    for (let turn = 0; turn < 8; turn += 1) desk.answer("a", "arm", lost);
    for (let turn = 0; turn < 8; turn += 1) desk.answer("a", "direct", lost);
    desk.answer("b", "arm", refused("missing"));
    desk.answer("b", "close");
    expect(desk.ended).toMatchObject({ exit: 7, reason: "unreachable" });
    expect(desk.ended?.summary).toContain("No host was switched.");
  });

  test("one that then cannot even be put back is named as left where it should not be", () => {
    const desk = begun();
    for (let turn = 0; turn < 8; turn += 1) desk.answer("a", "arm", lost);
    desk.answer("b", "arm", refused("missing"));
    desk.answer("a", "direct");
    desk.answer("a", "revert", failed);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, reason: "rollback-incomplete" });
  });
});
