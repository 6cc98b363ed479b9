import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimate } from "../../../src/core/estimate.ts";
import type { Answer, Order } from "../../../src/core/host.ts";
import { judge, startTrial } from "../../../src/core/judge.ts";
import type { Input } from "../../../src/core/rollout/exchange.ts";
import { failText } from "../../../src/core/rollout/measuring.ts";
import { reduce } from "../../../src/core/rollout/reduce.ts";
import { hostIn } from "../../../src/core/rollout/roster.ts";
import { pumpBaking } from "../../../src/core/rollout/stage.ts";
import { addSamples, emptyEvidence } from "../../../src/core/window.ts";
import { assertion } from "../../simulation/component.ts";
import { Desk, done, failed, fresh, hostPlan, lost, old, refused, stagePlan } from "./desk.ts";

const three = () => [stagePlan("all", [hostPlan("a"), hostPlan("b"), hostPlan("c")])];

function begun(...made: ConstructorParameters<typeof Desk>): Desk {
  const desk = new Desk(...made);
  desk.begin();
  return desk;
}

describe("what is not expected changes nothing", () => {
  test("before it began, after it ended, from an unknown host, of another try", () => {
    const desk = new Desk(three());
    desk.tick(10);
    desk.answer("a", "switch");
    desk.answer("nobody", "fence");
    desk.checked("nobody");
    desk.checked("a");
    desk.identified("a", done());
    desk.answer("a", "close");
    desk.input({ type: "measured", at: desk.now, samples: [] });
    expect(desk.state.phase.name).toBe("beginning");
    expect(desk.told).toEqual([]);
    desk.begin();
    const { phase } = desk.state;
    desk.begin();
    expect(desk.state.phase).toBe(phase);
    desk.answer("a", "fence");
    desk.answer("a", "fence");
    expect(desk.told.filter(({ type }) => type === "host.fenced").length).toBe(1);
  });

  test("any sequence of inputs is taken, and ends at most once", () => {
    const answers: fc.Arbitrary<Answer> = fc.constantFrom(
      done(),
      done({ current: fresh }),
      refused("stale"),
      refused("stale", { run: "other" }),
      refused("busy"),
      refused("drift", { phase: "reverted" }),
      refused("reverted"),
      lost,
      failed,
      { type: "running" },
    );
    const orders = fc.constantFrom<Order["type"]>(
      ...(["fence", "place", "arm", "switch", "activate", "confirm", "prove", "direct", "revert", "close"] as const),
    );
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ type: fc.constant("follow" as const), answer: answers, odd: fc.nat(9) }) },
      fc.record({
        type: fc.constant("odd" as const),
        host: fc.constantFrom("a", "b", "x"),
        order: orders,
        answer: answers,
      }),
      fc.record({ type: fc.constant("tick" as const), ms: fc.nat(20_000) }),
      fc.record({ type: fc.constant("interrupt" as const) }),
    );
    const sequences = fc.array(step, { maxLength: 80 });
    void fc.assert(
      fc.property(sequences, (steps) => {
        const desk = begun(three());
        for (const one of steps) {
          if (one.type === "tick") desk.tick(one.ms);
          else if (one.type === "interrupt" && steps.length % 5 === 0) desk.interrupt();
          else if (one.type === "odd") desk.answer(one.host, one.order, one.answer);
          else if (one.type === "follow") {
            const effect = desk.wanted.find(({ type }) => type === "order" || type === "check");
            if (effect?.type === "check") desk.checked(effect.host, one.odd > 1, one.odd === 0);
            if (effect?.type === "order")
              desk.answer(effect.host, effect.order.type, one.odd > 3 ? done() : one.answer);
          }
        }
        expect(desk.told.filter(({ type }) => type === "rollout.ended").length).toBeLessThanOrEqual(1);
        const late: Input = { type: "answered", at: desk.now, host: "x", order: "switch", attempt: 9, answer: done() };
        expect(reduce(desk.state, late).state.hosts).toEqual(desk.state.hosts);
      }),
      { numRuns: 300 },
    );
  });
});

describe("fencing", () => {
  test("goes on without hosts that do not answer, within every budget", () => {
    const desk = begun([stagePlan("all", [hostPlan("a"), hostPlan("b")], { maxFailed: 1 })]);
    desk.answer("a", "fence");
    for (let time = 0; time < 4; time += 1) desk.answer("b", "fence", lost);
    expect(desk.state.phase.name).toBe("changing");
    expect(hostIn(desk.state.hosts, "b")?.detail).toBe("fence: cut");
  });
  test.each<[Answer, string]>([
    [failed, "fence: exit 1"],
    [{ type: "running" }, "fence: it answered running"],
  ])("ends with 7 when too many could not be taken over", (answer, detail) => {
    const desk = begun(three());
    desk.answer("a", "fence");
    desk.answer("b", "fence", answer);
    desk.answer("c", "fence");
    expect(hostIn(desk.state.hosts, "b")?.detail).toBe(detail);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 7, summary: expect.stringContaining("b could not be taken over") });
  });
  test("a host that moved since it was observed is a refusal, one that another run has is a lock", () => {
    const moved = begun(three());
    moved.answer("a", "fence", refused("moved", { generation: 1, run: "you" }));
    expect(moved.ended).toMatchObject({ exit: 6, reason: "refused" });
    const locked = begun(three());
    locked.answer("a", "fence", refused("stale", { generation: 9, run: "eve", holder: "eve@there" }));
    expect(locked.ended).toMatchObject({ exit: 5, summary: expect.stringContaining("(eve@there)") });
    const nameless = begun(three());
    nameless.answer("a", "fence", refused("stale", { generation: 9, run: "eve" }));
    expect(nameless.ended?.summary).toBe("a belongs to another run now; this one stopped where it was.");
  });
  test("a host that put itself back while the rollback took over keeps nobody waiting, itself neither", () => {
    const plan = { direction: "rollback", release: "" } as const;
    const hosts = ["a", "b"].map((name) => hostPlan(name, { from: fresh }));
    const desk = begun([stagePlan("all", hosts)], { plan, options: { asked: "rollback" } });
    desk.answer("a", "fence", refused("moved", { run: "you", phase: "reverted", current: old, good: old }));
    desk.answer("b", "fence");
    desk.answer("a", "fence");
    desk.go();
    desk.tick(60_000);
    expect(desk.ended).toMatchObject({ outcome: "done" });
  });

  test("a rollback that stops says of a host that is out on its lease that it goes back by itself", () => {
    const plan = { direction: "rollback", release: "" } as const;
    const hosts = ["a", "b"].map((name) => hostPlan(name, { from: fresh }));
    const desk = begun([stagePlan("all", hosts)], { plan, options: { asked: "rollback" } });
    for (const host of ["a", "b"]) desk.answer(host, "fence");
    desk.answer("a", "direct", done({ phase: "switched", current: fresh }));
    desk.answer("b", "direct", done({ phase: "confirmed", current: fresh }));
    desk.answer("b", "revert", failed);
    desk.go();
    expect(desk.ended).toMatchObject({ reason: "environment", hosts: [{ state: "reverting" }, { state: "bad" }] });
  });

  test("a rollback follows a host that moves on, for a while", () => {
    const plan = { direction: "rollback", release: "" } as const;
    const desk = begun([stagePlan("all", [hostPlan("a")])], { plan, options: { asked: "rollback" } });
    const moved = refused("moved", { generation: 1, run: "you", attempt: 3, current: fresh });
    desk.answer("a", "fence", moved);
    expect(desk.asks()).toEqual(["a fence"]);
    for (let time = 0; time < 20; time += 1) desk.answer("a", "fence", moved);
    expect(desk.ended?.exit).toBe(6);
  });
});

describe("one host", () => {
  const one = (change = {}, made: ConstructorParameters<typeof Desk>[1] = {}) => {
    const desk = begun([stagePlan("all", [hostPlan("a", change)])], made);
    desk.answer("a", "fence");
    desk.answer("a", "place");
    return desk;
  };

  test("an arm that is refused touched nothing: refused", () => {
    const desk = one();
    desk.answer("a", "arm", refused("drift"));
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 6, hosts: [{ state: "untouched", release: old }] });
  });
  test("unless it was changed by this rollout before: then it goes back", () => {
    const desk = one({ ours: true, from: fresh });
    desk.answer("a", "arm", refused("missing"));
    expect(desk.at("a")).toBe("reverting");
  });
  test("that came back by itself after the look is armed from where it is now", () => {
    const desk = one({ ours: true, from: fresh });
    desk.answer("a", "arm", refused("drift", { phase: "reverted" }));
    expect(desk.wanted).toMatchObject([{ order: { type: "arm", from: old } }]);
    desk.answer("a", "arm", refused("drift", { phase: "reverted" }));
    expect(desk.at("a")).toBe("reverting");
  });
  test("whose arming is lost may be out on its lease: it is brought back", () => {
    const desk = one();
    for (let time = 0; time < 7; time += 1) desk.answer("a", "arm", lost);
    expect(desk.state.phase.name).toBe("restoring");
    expect(desk.asks()).toEqual(["a direct"]);
  });
  test("that is not reached before it was touched ends with 7", () => {
    const desk = begun([stagePlan("all", [hostPlan("a")])]);
    desk.answer("a", "fence");
    for (let time = 0; time < 7; time += 1) desk.answer("a", "place", lost);
    desk.go();
    expect(desk.ended?.exit).toBe(7);
  });
  test("that is putting itself back is waited for", () => {
    const desk = one();
    desk.answer("a", "arm", refused("stale"));
    for (let time = 0; time < 100; time += 1) desk.answer("a", "arm", refused("busy"));
    expect(desk.at("a")).toBe("arming");
    desk.answer("a", "arm", { type: "running" });
    expect(desk.asks()).toEqual(["a arm"]);
  });
  test("an answer of a shape that fits nothing fails it", () => {
    const desk = one();
    desk.answer("a", "arm", { type: "page", page: undefined });
    expect(desk.told).toContainEqual(expect.objectContaining({ type: "host.failed", cause: "failed", detail: "page" }));
  });
  test("without a health check it is confirmed at once, and believed to be back", () => {
    const desk = one({}, { policy: { healthy: undefined } });
    desk.go(["confirm"]);
    expect(desk.at("a")).toBe("confirming");
    desk.answer("a", "confirm", refused("reverted"));
    desk.go();
    expect(desk.ended?.exit).toBe(3);
  });
  test("who answered before is asked for where the proof is the process, again when that is lost", () => {
    const { healthy } = new Desk([]).state.given.component;
    const policy = { healthy: healthy && { ...healthy, proof: "process" as const } };
    const desk = one({}, { policy });
    desk.answer("a", "arm");
    desk.identified("a", lost);
    expect(desk.asks()).toEqual(["a identify"]);
    desk.identified("a", { type: "processes", process: undefined });
    expect(desk.asks()).toEqual(["a switch"]);
    const known = one({}, { policy });
    known.answer("a", "arm");
    const process = { identity: "5.5", startedAt: 0, release: old, rss: 0, cpu: 0, restarts: undefined };
    known.identified("a", { type: "processes", process });
    known.go(["check"]);
    expect(known.wanted).toContainEqual(expect.objectContaining({ type: "check", not: "5.5" }));
    const broken = one({}, { policy });
    broken.answer("a", "arm");
    broken.identified("a", { type: "running" });
    expect(broken.at("a")).toBe("reverting");
  });
  test("a service that does not answer back on the old release is named", () => {
    const desk = one();
    desk.go(["check"]);
    desk.checked("a", false);
    desk.answer("a", "revert");
    desk.checked("a", false, true);
    expect(desk.asks()).toEqual(["a check"]);
    desk.checked("a", false);
    desk.go();
    expect(desk.ended).toMatchObject({
      exit: 4,
      hosts: [{ state: "bad", mend: "ship rollback -c api --only-hosts a" }],
    });
    expect(desk.ended?.summary).toContain(`back on ${old}, and not healthy there`);
    expect(desk.ended?.hint).toBe("When that is mended: ship rollback -c api");
  });
});

describe("turning back while hosts are in hand", () => {
  const pair = () => [stagePlan("all", [hostPlan("a"), hostPlan("b")])];
  const two = (made: ConstructorParameters<typeof Desk>[1] = {}) => {
    const desk = begun(pair(), made);
    for (const host of ["a", "b"]) desk.answer(host, "fence");
    for (const host of ["a", "b"]) desk.answer(host, "place");
    return desk;
  };
  const fell = (desk: Desk) => {
    desk.answer("a", "arm");
    desk.answer("a", "switch");
    desk.answer("a", "activate", failed);
  };

  test("an arm that is refused then leaves the host alone, one that was done takes it back", () => {
    const refusing = two();
    fell(refusing);
    refusing.answer("b", "arm", refused("missing"));
    expect(refusing.at("b")).toBe("placed");
    const arming = two();
    fell(arming);
    arming.answer("b", "arm", lost);
    expect(arming.at("b")).toBe("directing");
  });
  test("a direction that is refused does not keep the host from going back; one that is lost keeps nobody waiting", () => {
    const desk = two();
    fell(desk);
    desk.answer("b", "arm");
    desk.answer("b", "direct", lost);
    expect(desk.at("b")).toBe("directing");
    desk.answer("b", "direct", failed);
    expect(desk.at("b")).toBe("reverting");
    desk.answer("b", "revert", failed);
    expect(desk.at("b")).toBe("stuck");
    desk.answer("a", "revert", refused("missing"));
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, hint: "When that is mended: ship rollback -c api" });
  });
  test("Ctrl-C then lets those that were on their way forward wait for the next run", () => {
    const desk = two({ policy: { healthy: undefined } });
    fell(desk);
    desk.interrupt();
    desk.answer("b", "arm");
    expect(desk.at("b")).toBe("directed");
    desk.interrupt();
    desk.tick(4_000);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 130, hint: "To go on rolling back: ship rollback -c api" });
    expect(desk.ended?.summary).toMatch(
      /^Stopped by SIGTERM\. a will be back .* UTC, without ship\. b still to be put back\.$/,
    );
    expect(desk.ended?.hosts.map(({ state }) => state)).toEqual(["reverting", "bad"]);
  });
  test("Ctrl-C while the direction is written or a stage is proven leaves the hosts where they are", () => {
    const directing = begun(pair());
    directing.go(["check"]);
    directing.checked("a", false);
    directing.checked("b", false);
    directing.interrupt();
    expect(directing.at("b")).toBe("directing");
    directing.tick(4_000);
    expect(directing.at("b")).toBe("directed");
    const desk = begun(pair(), { options: { now: true } });
    desk.go(["prove"]);
    desk.interrupt();
    desk.tick(4_000);
    desk.tick(10_000);
    expect(desk.ended).toMatchObject({ exit: 130, hosts: [{ state: "confirmed" }, { state: "confirmed" }] });
  });
  test("a host in hand when another run takes over is unknown", () => {
    const desk = two();
    desk.answer("a", "arm", refused("stale", { run: "other" }));
    expect(desk.ended).toMatchObject({ exit: 5, hosts: [{ state: "unknown", mend: undefined }, { state: "unknown" }] });
    const proving = begun(pair(), { options: { now: true } });
    proving.go(["prove"]);
    proving.answer("a", "prove", refused("stale", { run: "other" }));
    expect(proving.at("b")).toBe("unknown");
  });
});

describe("a stage", () => {
  test("whose passing could not be written down is held, and nothing is put back", () => {
    const desk = begun(three(), { options: { now: true } });
    desk.go(["prove"]);
    desk.answer("a", "prove", refused("phase"));
    for (const host of ["b", "c"]) desk.answer(host, "prove");
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 8, reason: "unreachable" });
    expect(desk.ended?.summary).toContain(
      "it passed, and that could not be written down on every host (a: prove: phase)",
    );
  });
  test("that no host came through is no evidence, however many may fail", () => {
    const desk = begun([stagePlan("all", [hostPlan("a")], { maxFailed: 1 })]);
    desk.go(["place"]);
    desk.answer("a", "place", refused("disk"));
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 8, reason: "no-evidence" });
    const absent = hostPlan("a", { action: "absent", detail: "no route" });
    const away = begun([stagePlan("x", [absent], { maxFailed: 1 }), stagePlan("all", [hostPlan("b")])]);
    away.go();
    expect(away.ended).toMatchObject({ exit: 8, reason: "no-evidence" });
  });
  test("whose hosts could take no bytes while the one before it was watched fails, and is not passed over", () => {
    const stages = ["a", "b", "c"].map((host) => stagePlan(`only ${host}`, [hostPlan(host)]));
    const desk = begun(stages, { policy: { assertions: [] } });
    desk.go(["place"]);
    desk.answer("a", "place");
    desk.go(["place"]);
    desk.answer("b", "place", refused("disk"));
    desk.tick(10_000);
    desk.input({ type: "measured", at: desk.now, samples: [] });
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 3, reason: "hosts-failed" });
    expect(desk.told.flatMap((one) => (one.type === "stage.passed" ? [one.stage] : []))).toEqual(["only a"]);
  });
  test("with no room for its last hosts is held", () => {
    const sick = hostPlan("a", { action: "none", healthy: false });
    const desk = begun([stagePlan("all", [sick, hostPlan("b")], { width: 1 })]);
    desk.go();
    expect(desk.ended?.summary).toContain("b cannot be changed: a may be out of service, and max_unavailable allows 1");
  });
  test("is held, and not watched for ever, when only a host that was down before has the release", () => {
    const sick = hostPlan("a", { action: "none", healthy: false });
    const desk = begun([stagePlan("all", [sick, hostPlan("b")], { maxFailed: 1 })]);
    desk.go(["place"]);
    desk.answer("b", "place", refused("disk"));
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 8, reason: "no-evidence" });
    expect(desk.ended?.summary).toContain("no host that was well before runs it, so nothing speaks for it (b: place");
  });
  test("that only observed is not told as proof", () => {
    const observed = { ...assertion("each.restarts == 0"), observeOnly: true };
    const summaryOf = (assertions: readonly (typeof observed)[]) => {
      const desk = begun([stagePlan("all", [hostPlan("a")])], { policy: { assertions }, options: { now: true } });
      desk.go();
      return desk.ended?.summary;
    };
    expect(summaryOf([observed])).toContain("Its gate only observes: no assertion decided anything.");
    expect(summaryOf([observed, assertion("each.rss > 0")])).toBe("v408 is proven on every host of all.");
  });
  test("an empty plan is done", () => {
    const desk = begun([]);
    expect(desk.ended?.exit).toBe(0);
  });
  test("names causes, three at most", () => {
    const hosts = ["a", "b", "c", "d"].map((name) => hostPlan(name));
    const desk = begun([stagePlan("all", hosts, { width: 4, maxFailed: 3 })]);
    desk.go(["place"]);
    for (const [at, { host }] of hosts.entries())
      desk.answer(host, "place", { type: "failed", detail: `${at}`, log: "" });
    expect(desk.state.phase.name).not.toBe("changing");
    desk.go();
    expect(desk.ended?.summary).toContain(
      "4 of 4 hosts failed, and max_failed allows 3 (a: place: 0; b: place: 1; c: place: 2; and 1 other causes)",
    );
  });
});

describe("steps that run once", () => {
  const once = [{ run: "bin/x", when: "after", reversible: true }] as const;
  const stages = () => [stagePlan("all", [hostPlan("a")])];
  test("one that fails at the end holds what is proven", () => {
    const desk = begun(stages(), { policy: { once }, options: { now: true } });
    desk.go(["once"]);
    desk.tick(1);
    expect(desk.at("a")).toBe("stepping");
    desk.answer("a", "once", failed);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 8, reason: "step-failed", hosts: [{ state: "proven" }] });
  });
  test.each(["after", "before"] as const)("Ctrl-C while one runs %s leaves the host as it is", (when) => {
    const desk = begun(stages(), { policy: { once: [{ ...once[0], when }] }, options: { now: true } });
    desk.go(["once"]);
    desk.interrupt();
    desk.tick(4_000);
    desk.go();
    expect(desk.ended?.hosts).toMatchObject([{ state: when === "after" ? "proven" : "untouched" }]);
  });
  test("its failure after a signal changes nothing more; a late timeout holds", () => {
    const desk = begun(stages(), { policy: { once: [{ ...once[0], when: "before" }] } });
    desk.go(["once"]);
    desk.interrupt();
    desk.answer("a", "once", failed);
    desk.go();
    expect(desk.ended?.exit).toBe(130);
    const late = begun(stages(), { policy: { once }, options: { now: true, timeout: 5_000 } });
    late.go(["once"]);
    late.tick(6_000);
    late.answer("a", "once");
    late.go();
    expect(late.ended).toMatchObject({ exit: 8, reason: "timed-out" });
  });
});

test("Ctrl-C while the last words are said only shortens them", () => {
  const desk = begun(three(), { options: { now: true } });
  desk.go(["close"]);
  desk.interrupt();
  desk.tick(1_300);
  expect(desk.ended?.exit).toBe(0);
});

test("the page that stays on a host is 8 KB at most, and then names what is notable", () => {
  const hosts = Array.from({ length: 60 }, (_, at) =>
    hostPlan(`api-${at}`, at % 3 === 0 ? { action: "absent", detail: "x".repeat(900) } : {}),
  );
  const desk = begun([stagePlan("all", hosts, { width: 60, maxFailed: 60 })], { options: { now: true } });
  const pages: string[] = [];
  desk.go(["close"]);
  for (const effect of desk.wanted)
    if (effect.type === "order" && effect.order.type === "close") pages.push(effect.order.page);
  expect(pages.length).toBeGreaterThan(0);
  for (const page of pages) {
    expect(page.length).toBeLessThanOrEqual(8_000);
    expect(JSON.parse(page).hosts.length).toBe(10);
  }
});

describe("who goes back, and who was never there", () => {
  test("a host that was away all along is no reason to be stuck", () => {
    const away = hostPlan("b", { action: "absent", from: "", detail: "no route" });
    const desk = begun([stagePlan("all", [hostPlan("a"), away], { maxFailed: 1 })]);
    desk.go(["switch"]);
    desk.answer("a", "switch", failed);
    desk.go();
    expect(desk.ended?.exit).toBe(3);
  });
  test("one that this rollout changed before and that cannot be taken over is", () => {
    const ours = hostPlan("b", { action: "bake", from: fresh, ours: true });
    const desk = begun([stagePlan("all", [hostPlan("a"), ours], { maxFailed: 1 })]);
    desk.answer("b", "fence", failed);
    desk.answer("a", "fence");
    desk.go(["switch"]);
    desk.answer("a", "switch", failed);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 4, reason: "rollback-incomplete" });
  });
  test("the look at the process that comes after the turn changes nothing", () => {
    const { healthy } = new Desk([]).state.given.component;
    const policy = { healthy: healthy && { ...healthy, proof: "process" as const } };
    const desk = begun([stagePlan("all", [hostPlan("a"), hostPlan("b")])], { policy });
    desk.go(["switch"]);
    desk.identified("a", { type: "processes", process: undefined });
    desk.answer("a", "switch", failed);
    desk.identified("b", { type: "processes", process: undefined });
    expect(desk.at("b")).toBe("directing");
  });
  test("steps for the end are not run where nothing was changed", () => {
    const once = [{ run: "bin/x", when: "after", reversible: true }] as const;
    const desk = begun([stagePlan("all", [hostPlan("a", { action: "none", from: fresh })])], { policy: { once } });
    desk.go();
    expect(desk.ended?.exit).toBe(0);
    expect(desk.told.some(({ type }) => type === "host.stepped")).toBe(false);
  });
});

describe("evidence", () => {
  const policy = { assertions: [assertion("p99_latency < 50")] };
  const baking = (assertions = policy.assertions, changed = ["a"]) => {
    const one = changed.map((name) => hostPlan(name));
    const desk = begun([stagePlan("one", one), stagePlan("all", [hostPlan("b")])], {
      policy: { assertions },
    });
    desk.go();
    return desk;
  };
  /** A number comes from elsewhere; the hosts themselves answer, or do not. */
  const look = (desk: Desk, answering: readonly string[] = ["a", "b", "c"]) => {
    const connections = { metric: "active_cons", reading: { type: "gauge", value: 20 } } as const;
    const samples = ["a", "b", "c"].flatMap((host) => {
      const cause = answering.includes(host) ? "no-data" : "provider-error";
      const own = { metric: "restarts", reading: { type: "missing", cause, detail: "" } } as const;
      return [connections, own].map((sample) => ({ ...sample, host, at: desk.now, origin: "" }));
    });
    desk.input({ type: "measured", at: desk.now, samples });
    return desk.state.phase.name;
  };
  test("an assertion without a judgement is never a pass", () => {
    const desk = baking();
    const { phase } = desk.state;
    if (phase.name !== "baking") throw new Error(phase.name);
    const { state } = pumpBaking({ ...desk.state, measuredAt: phase.until }, { ...phase, looks: new Map([["a", 3]]) });
    expect(state.phase).toMatchObject({ name: "stopping", ending: { outcome: "held" } });
  });
  test("time that ship slept through is no bake: as many looks as a verdict needs are taken after it", () => {
    const desk = baking([assertion("active_cons > 10")]);
    desk.tick(2_000);
    expect(look(desk)).toBe("baking");
    desk.tick(600_000);
    expect(look(desk)).toBe("baking");
    desk.tick(2_000);
    expect(look(desk)).toBe("proving");
  });
  test("a look in which no host answered is taken again, as often at most as looks are needed; then there is no evidence", () => {
    const desk = baking([assertion("active_cons > 10")]);
    desk.tick(2_000);
    expect(look(desk)).toBe("baking");
    desk.tick(600_000);
    expect(look(desk, [])).toBe("baking");
    desk.tick(2_000);
    expect(look(desk, [])).toBe("baking");
    desk.tick(2_000);
    expect(look(desk)).toBe("baking");
    desk.tick(2_000);
    look(desk, []);
    desk.go();
    expect(desk.ended).toMatchObject({ exit: 8, reason: "no-evidence" });
    expect(desk.ended?.summary).toContain("no changed host answered in more than 2 looks, and 3 are needed");
  });
  test.each([
    ["hosts without the change", ["a"], ["b"]],
    ["another host that has it", ["a", "c"], ["c"]],
  ])("a look in which only %s answered is none at the one that answered before", (_, changed, others) => {
    const desk = baking([assertion("active_cons > 10")], changed);
    for (const answering of [["a"], others, ["a"]]) {
      desk.tick(600_000);
      expect(look(desk, answering)).toBe("baking");
    }
    desk.tick(2_000);
    expect(look(desk, ["a"])).toBe("proving");
  });
  test("no second measurement is begun while one is under way", () => {
    const desk = baking();
    desk.tick(2_000);
    expect(desk.wanted.filter(({ type }) => type === "measure")).toHaveLength(1);
    desk.tick(60_000);
    expect(desk.wanted.filter(({ type }) => type === "measure")).toHaveLength(0);
  });
  test("a source that is long in answering makes nothing stale that another said", () => {
    const desk = baking([assertion("active_cons > 10")]);
    desk.tick(2_000);
    const at = desk.now + 10;
    desk.tick(60_000);
    const reading = { type: "gauge", value: 5 } as const;
    desk.input({
      type: "measured",
      at: desk.now,
      samples: [{ metric: "active_cons", host: "a", at, reading, origin: "" }],
    });
    expect(desk.state.judgements.get("active_cons > 10")).toMatchObject({ readings: 1, bad: 1, value: 5 });
  });
  test("the hosts without the change are measured too where an assertion is about them", () => {
    const measured = (desk: Desk) => {
      desk.tick(2_000);
      return desk.wanted.flatMap((effect) => (effect.type === "measure" ? effect.hosts : []));
    };
    expect(measured(baking())).toEqual(["a"]);
    expect(measured(baking([assertion("error_rate < 2 * baseline.error_rate + 0.1")]))).toEqual(["a", "b"]);
    expect(measured(baking([assertion("fleet.active_cons > 1")]))).toEqual(["a", "b"]);
    const early = begun([stagePlan("all", [hostPlan("a")])], {
      policy: { assertions: [assertion("fleet.active_cons > 1")] },
    });
    early.answer("a", "fence");
    expect(measured(early)).toEqual([]);
  });
  test("a failure is said with its number and its hosts, where it has them", () => {
    const judgement = {
      assertion: "x < 1",
      verdict: "fail",
      causes: [],
      values: [],
      value: 2.3456,
      limit: 1,
      hosts: ["api-01", "api-02"],
      readings: 5,
      bad: 2,
      of: 5,
      events: undefined,
      method: "threshold",
      interval: undefined,
      chance: undefined,
      isSure: false,
      isContested: true,
      origins: [],
      observeOnly: false,
    } as const;
    expect(failText(judgement)).toBe("x < 1 fails with 2.35 (2 of the last 5 readings against it) on api-[01-02]");
    expect(failText({ ...judgement, value: undefined, hosts: [] })).toBe(
      "x < 1 fails (2 of the last 5 readings against it)",
    );
    expect(failText({ ...judgement, method: "sequential", chance: 1 / 4200, events: 1300 })).toBe(
      "x < 1 fails with 2.35 (1300 events; a healthy version looks this bad once in 4,200 times) on api-[01-02]",
    );
    expect(failText({ ...judgement, method: "ranks" })).toBe(
      "x < 1 fails with 2.35 (changed hosts are worse than the others by more than is let pass) on api-[01-02]",
    );
  });
  test("a condition of another form has no single number and no limit", () => {
    const policy = assertion("p99_latency < 50 || active_cons > 10");
    const view = {
      evidence: emptyEvidence,
      changed: { since: new Map([["a", 0]]), warmup: 0 },
      at: 10,
      every: 1,
      measures: new Map(),
      baseline: [],
      fleet: [],
      alpha: 0.001,
    };
    expect(judge(startTrial(), policy, view).judgement).toMatchObject({ value: undefined, limit: undefined });
  });
  test("a histogram without buckets has no events", () => {
    const shape = { type: "quantile", quantile: 0.99, scale: 1 } as const;
    const changed = { since: new Map(), warmup: 0 };
    const samples = [1, 2].map((at) => ({
      metric: "m",
      host: "a",
      at,
      reading: { type: "counters", series: {} } as const,
      origin: "a page",
    }));
    const moment = { evidence: addSamples(emptyEvidence, samples, changed), changed, at: 2, every: 1 };
    expect(estimate({ name: "m", shape, across: "mean", grouped: false }, ["a"], moment)).toMatchObject({
      type: "missing",
      gaps: [{ cause: "too-few" }],
    });
  });
});
