import { describe, expect, test } from "vitest";
import { blank, type HostRecord, type HostState, type Order, token } from "../../src/core/host.ts";
import { expire, settle, step } from "../../src/core/step.ts";
import { releaseOf } from "../simulation/lab.ts";

const [old, fresh] = [releaseOf("v407").name, releaseOf("v408").name];
const record: HostRecord = {
  ...blank,
  generation: 1,
  run: "a",
  sequence: 5,
  current: old,
  target: old,
  phase: "proven",
};

function state(change: Partial<HostRecord> = {}, more: Partial<HostState> = {}): HostState {
  return { record: { ...record, ...change }, link: old, releases: [old, fresh], proven: [old], bad: [], ...more };
}

const claim = { generation: 1, run: "a", sequence: 6 };
const told = (from: HostState, order: Order, change: Partial<typeof claim> = {}) =>
  step(from, { ...order, claim: { ...claim, ...change } });
const said = (from: HostState, order: Order, change: Partial<typeof claim> = {}) => {
  const { answer } = told(from, order, change);
  return answer.type === "refused" ? answer.cause : answer.type;
};

const place: Order = { type: "place", release: releaseOf("v409"), archive: "", sha256: "", size: 1, env: {} };
const arm = { type: "arm", rollout: "r1", attempt: 1, target: fresh, from: old, lease: 60 } as const;
const on = { rollout: "r1", attempt: 1, target: fresh } as const;

describe("the fence", () => {
  const fence: Order = { type: "fence", rollout: "r1", expect: token(record), holder: "me" };
  test("takes a host that is as it was observed, for a newer run only", () => {
    const newer = { generation: 2, run: "b", sequence: 1 };
    expect(told(state(), fence, newer).state.record).toMatchObject({ ...newer, open: "r1", holder: "me" });
    expect(said(state(), { ...fence, expect: "?" }, newer)).toBe("moved");
    expect(said(state(), fence, { run: "b" })).toBe("stale");
  });
  test("heeds a lock by hand where it was told to, and only before it has the host", () => {
    const heeding: Order = { ...fence, heeds: "lock" };
    const newer = { ...claim, generation: 2, run: "b" };
    const closedTo = (order: Order, by: typeof claim, closed: string) =>
      step(state(), { ...order, claim: by }, closed).answer;
    expect(closedTo(heeding, newer, "audit")).toEqual({ type: "refused", cause: "locked" });
    expect(closedTo(heeding, newer, "")).toMatchObject({ type: "done" });
    expect(closedTo(fence, newer, "audit")).toMatchObject({ type: "done" });
    expect(closedTo(heeding, claim, "audit"), "it has the host already").toMatchObject({ type: "done" });
    expect(closedTo({ ...fence, heeds: "lock", expect: "?" }, newer, "audit")).toMatchObject({ cause: "moved" });
  });
  test("is asked again by the same run with a higher sequence", () => {
    expect(said(state(), fence)).toBe("done");
    expect(said(state(), fence, { sequence: 5 })).toBe("stale");
  });
  test("shuts out another run, an older order and an older generation", () => {
    expect(said(state(), place, { run: "b" })).toBe("stale");
    expect(said(state(), place, { sequence: 5 })).toBe("stale");
    expect(said(state(), place, { generation: 0 })).toBe("stale");
  });
});

test("what a failed revert left down stays down in the record, however often it is armed again, until it is started", () => {
  const armed = (phase: HostRecord["phase"], current: string) =>
    told(state({ phase, current, attempt: 1 }), { ...arm, attempt: 2 }).state.record.current;
  expect(armed("revert-failed", old)).toBe("");
  expect(armed("armed", "")).toBe("");
  expect(armed("armed", old)).toBe(old);
  expect(armed("proven", old)).toBe(old);
});

test("a host that was taken as it is goes back to what ran on it, whatever its record says or does not", () => {
  const armed = { ...arm, attempt: 7, from: fresh, target: old };
  expect(told(state({}, { link: fresh }), armed).state.record.good).toBe(fresh);
  expect(
    told({ ...state(), record: { ...blank, generation: 1, run: "a" }, link: fresh }, armed).state.record.good,
  ).toBe(fresh);
  expect(told(state({}, { link: "" }), { ...armed, from: "" }).state.record.good).toBe(old);
  expect(told(state({}, { link: fresh }), { ...armed, target: fresh }).state.record.good).toBe(old);
  expect(told(state({ phase: "switched", good: old }, { link: fresh }), armed).state.record.good).toBe(old);
});

test("a release is placed once, as the newest", () => {
  const { releases } = told(state(), place).state;
  expect(told(state({}, { releases }), place).state.releases).toEqual([old, fresh, releaseOf("v409").name]);
});

test("a step needs its release", () => {
  const once = { type: "once", index: 0, run: "true", within: 1 } as const;
  expect(said(state(), { ...once, release: fresh })).toBe("done");
  expect(said(state(), { ...once, release: "none" })).toBe("missing");
});

describe("arming", () => {
  test("remembers where to go back: what is proven, or what was before", () => {
    expect(told(state(), arm).state.record).toMatchObject({ ...on, phase: "armed", good: old });
    const unproven = state({ phase: "confirmed", good: old, current: fresh, target: fresh }, { link: fresh });
    expect(told(unproven, { ...arm, from: fresh }).state.record.good).toBe(old);
    const same = state({ rollout: "r1", good: "" });
    expect(told(same, arm).state.record.good).toBe("");
  });
  test("is the same twice, and refuses what does not fit", () => {
    expect(said(state({ ...on, phase: "armed" }), arm)).toBe("done");
    expect(said(state({ phase: "reverting" }), arm)).toBe("busy");
    expect(said(state({ attempt: 1 }), arm)).toBe("attempt");
    expect(said(state(), { ...arm, from: fresh })).toBe("drift");
    expect(said(state(), { ...arm, target: "none" })).toBe("missing");
    expect(said(state({}, { releases: [fresh] }), arm)).toBe("missing");
  });
});

describe("on the way", () => {
  const armed = state({ ...on, phase: "armed", good: old });
  const switched = state({ ...on, phase: "switched", current: fresh, good: old }, { link: fresh });
  test("the switch moves the link, once", () => {
    expect(told(armed, { type: "switch", attempt: 1 }).state).toMatchObject({
      link: fresh,
      record: { phase: "switched" },
    });
    expect(said(switched, { type: "switch", attempt: 1 })).toBe("done");
  });
  test("an order of another try, or out of turn, is refused", () => {
    expect(said(armed, { type: "drain", attempt: 1 })).toBe("done");
    expect(said(armed, { type: "drain", attempt: 2 })).toBe("attempt");
    expect(said(armed, { type: "activate", attempt: 1 })).toBe("phase");
    expect(said(switched, { type: "activate", attempt: 1 })).toBe("done");
    expect(said(switched, { type: "undrain", attempt: 1 })).toBe("done");
  });
  test("a confirm names its rollout, may come twice, and after the lease is told that it is back (cells 61, 63)", () => {
    const confirm = { type: "confirm", rollout: "r1", attempt: 1 } as const;
    expect(told(switched, confirm).state.record.phase).toBe("confirmed");
    expect(said(state({ ...on, phase: "confirmed" }), confirm)).toBe("done");
    expect(said(switched, { ...confirm, rollout: "r2" })).toBe("attempt");
    expect(said(state({ ...on, phase: "switched", attempt: 2 }), confirm)).toBe("attempt");
    for (const phase of ["reverting", "reverted", "revert-failed"] as const)
      expect(said(state({ ...on, phase }), confirm)).toBe("reverted");
  });
  test("only what is confirmed is proven", () => {
    const prove = { type: "prove", target: fresh } as const;
    expect(told(state({ ...on, phase: "confirmed" }), prove).state).toMatchObject({ proven: [old, fresh] });
    expect(told(state({ ...on, phase: "confirmed" }, { proven: [fresh] }), prove).state.proven).toEqual([fresh]);
    expect(said(state({ ...on, phase: "proven" }), prove)).toBe("done");
    expect(said(switched, prove)).toBe("phase");
    expect(said(state({ ...on, phase: "reverted" }), prove)).toBe("reverted");
    expect(said(switched, { ...prove, target: "none" })).toBe("attempt");
  });
  test("the lease takes back what is armed or switched, and nothing else", () => {
    expect(expire(switched, 1).record.phase).toBe("reverting");
    expect(expire(armed, 1).record.phase).toBe("reverting");
    expect(expire(switched, 2)).toBe(switched);
    expect(expire(state(), 0).record.phase).toBe("proven");
  });
  test("a revert's end is written only while it is under way", () => {
    const going = expire(switched, 1);
    expect(settle(going, old, true)).toMatchObject({ link: old, record: { phase: "reverted", good: old } });
    expect(settle(going, old, false).record).toMatchObject({ phase: "revert-failed", current: old });
    expect(settle(switched, old, true)).toBe(switched);
  });
});

describe("reverting", () => {
  const revert = { type: "revert", attempt: 2, to: old } as const;
  const confirmed = state({ ...on, phase: "confirmed", current: fresh }, { link: fresh });
  test("starts, goes on when asked again, and is done when it is", () => {
    expect(told(confirmed, revert)).toMatchObject({ answer: { type: "running" }, state: { bad: [] } });
    expect(said(state({ phase: "reverting", attempt: 2 }), revert)).toBe("running");
    expect(said(state({ phase: "reverting", attempt: 1 }), revert)).toBe("busy");
    expect(said(state({ phase: "reverted", attempt: 2 }), revert)).toBe("done");
  });
  test("needs a newer try and the release", () => {
    expect(said(state({ attempt: 3 }), revert)).toBe("attempt");
    expect(said(confirmed, { ...revert, to: "none" })).toBe("missing");
  });
  test("is done at once where the host already is and rests, and runs where it does not rest", () => {
    expect(told(state(), revert)).toMatchObject({ answer: { type: "done" }, state: { record: { phase: "reverted" } } });
    for (const phase of ["armed", "revert-failed"] as const) expect(said(state({ phase }), revert)).toBe("running");
  });
});

test("the direction, the end and what is kept", () => {
  expect(told(state(), { type: "direct", direction: "rollback", bad: "" }).state).toMatchObject({
    bad: [],
    record: { direction: "rollback" },
  });
  expect(told(state(), { type: "direct", direction: "rollback", bad: "b" }).state.bad).toEqual(["b"]);
  const close = { type: "close", rollout: "r1", page: "{}" } as const;
  expect(told(state({ open: "r1" }), { ...close, over: true }).state.record.open).toBe("");
  expect(told(state({ open: "r1" }), { ...close, over: false }).state.record.open).toBe("r1");
  const many = state({ good: "a" }, { releases: ["a", "b", "c", old] });
  expect(told(many, { ...close, over: true, keep: 1 }).state.releases).toEqual(["a", old]);
  expect(told(many, { ...close, over: true }).state.releases).toEqual(many.releases);
});
