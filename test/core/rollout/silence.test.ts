import { expect, test } from "vitest";
import { pausing } from "../../../src/core/rollout/silence.ts";
import { type State, set } from "../../../src/core/rollout/state.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

/** A rollout of ten hosts that bakes, of which these fell silent, so many ms after its start; `b` and `c` lie behind a jump host. */
function silent(since: Readonly<Record<string, number>>, behind: Readonly<Record<string, string>>): State {
  const names = [..."abcdefghij"];
  const desk = new Desk([
    stagePlan(
      "all",
      names.map((name) => hostPlan(name)),
    ),
  ]);
  desk.begin();
  desk.go();
  const state = names.reduce((now, name) => {
    const at = since[name];
    const noticedAt = desk.now + (at ?? 0);
    return set(now, name, { fenced: true, silence: at === undefined ? undefined : { noticedAt, since: noticedAt } });
  }, desk.state);
  return { ...state, given: { ...state.given, behind: new Map(Object.entries(behind)) } };
}

const warned = (state: State) =>
  pausing(state).effects.flatMap((effect) =>
    effect.type === "announce" && effect.happening.type === "warned" ? [effect.happening.text] : [],
  );

const behind = { b: "ops@gate:22", c: "ops@gate:22", d: "ops@other:22" };

test("two hosts are few, unless they are all that lie behind a jump host", () => {
  expect(warned(silent({ b: 0, c: 5000 }, {}))).toEqual([]);
  expect(warned(silent({ a: 0, b: 0 }, behind))).toEqual([]);
  expect(warned(silent({ b: 0, c: 5000 }, behind))).toEqual([
    "2 of 10 hosts fell silent together (b, c): no new host is started until they answer.",
  ]);
});

test("one host alone behind its jump host, or two that fell silent far apart, are not lost together", () => {
  expect(warned(silent({ d: 0 }, behind))).toEqual([]);
  expect(warned(silent({ b: 0, c: 20_000 }, behind))).toEqual([]);
});

test("many are too many whatever lies before them", () => {
  expect(warned(silent({ a: 0, e: 100, f: 200 }, behind))).toHaveLength(1);
});

/** Four hosts that bake for ten seconds, while their first look is under way. */
function baking(): Desk {
  const desk = new Desk([
    stagePlan(
      "all",
      [..."abcd"].map((name) => hostPlan(name)),
      { width: 4 },
    ),
  ]);
  desk.begin();
  desk.go();
  desk.tick(0);
  return desk;
}

/** The measurement that is under way comes to its end now, and no host or every host has answered. */
function looked(desk: Desk, answered: boolean): void {
  const reading = answered
    ? ({ type: "identity", identity: "7.1", count: undefined } as const)
    : ({ type: "missing", cause: "provider-error", detail: "no sign of life" } as const);
  const samples = [..."abcd"].map((host) => ({ metric: "restarts", host, at: desk.now, reading, origin: "host" }));
  desk.input({ type: "measured", at: desk.now, samples });
}

function bakeOf({ state: { phase } }: Pick<Desk, "state">): Extract<State["phase"], { readonly name: "baking" }> {
  if (phase.name !== "baking") throw new Error(phase.name);
  return phase;
}

test("a bake is put off from when the look was begun that nobody answered, not from when that was noticed", () => {
  const desk = baking();
  const { until, longest } = bakeOf(desk);
  looked(desk, true);
  desk.tick(1_000);
  expect(desk.wanted).toContainEqual(expect.objectContaining({ type: "measure" }));
  desk.now += 29_000;
  looked(desk, false);
  expect(desk.state.pause).toEqual({ noticedAt: desk.now, silentSince: desk.now - 29_000 });
  desk.tick(1_000);
  looked(desk, true);
  expect(desk.state.pause).toBeUndefined();
  expect(bakeOf(desk)).toMatchObject({ until: until + 30_000, longest: longest + 30_000 });
});

test("a look that is late, as one host held up the look before, was due when it was to begin", () => {
  const desk = baking();
  const { until } = bakeOf(desk);
  const due = desk.now + 1_000;
  desk.tick(28_000);
  looked(desk, true);
  desk.tick(250);
  expect(desk.state).toMatchObject({ measuring: true, measuredAt: desk.now, lookDueAt: due });
  desk.now += 15_000;
  looked(desk, false);
  expect(desk.state.pause).toEqual({ noticedAt: desk.now, silentSince: due });
  desk.tick(0);
  looked(desk, true);
  expect(bakeOf(desk).until).toBe(until + desk.now - due);
});

test("the last look of a bake, which comes before the next is due, is due when it is begun", () => {
  const desk = baking();
  looked(desk, true);
  desk.state = { ...desk.state, measureAt: desk.now + 15_000 };
  desk.tick(10_000);
  expect(desk.state).toMatchObject({ measuring: true, measuredAt: desk.now, lookDueAt: desk.now });
});

test("a look that was due before the bake takes no more from it than there was of it", () => {
  const desk = baking();
  const { until, longest, stage } = bakeOf(desk);
  desk.state = { ...desk.state, lookDueAt: desk.now - 5_000 };
  desk.tick(24_000);
  looked(desk, false);
  desk.tick(1_000);
  looked(desk, true);
  expect(bakeOf(desk)).toMatchObject({ until: until + 25_000, longest: longest + 25_000 });
  expect(bakeOf(desk).until).toBe(desk.now + stage.bake);
});

test("what shows later to have been due earlier begins the silence; the hold counts from its noticing", () => {
  const state = silent({ a: 0, b: 0, c: 0 }, {});
  const { pause, now } = pausing(state).state;
  expect(pause).toEqual({ noticedAt: now, silentSince: now });
  const earlier = set({ ...state, pause, now: now + 9_000 }, "d", {
    silence: { noticedAt: now + 9_000, since: now - 20_000 },
  });
  const longer = pausing(earlier).state;
  expect(longer).toMatchObject({ phase: state.phase, pause: { noticedAt: now, silentSince: now - 20_000 } });
  expect(pausing({ ...longer, now: now + 29_999 }).state.phase).toBe(state.phase);
  const held = pausing({ ...longer, now: now + 30_000 }).state;
  expect(held).toMatchObject({ pause: undefined, phase: { ending: { reason: "control-plane-lost" } } });
});

test("what is being changed is not put off, and a comparison by no more than there was of it", () => {
  const state = silent({}, {});
  const { now } = state;
  const { index, stage } = bakeOf({ state });
  const changing = { name: "changing", index, stage, askedAt: undefined, comparesSince: undefined } as const;
  const paused = { ...state, pause: { noticedAt: now, silentSince: now - 7_000 } };
  expect(pausing({ ...paused, phase: changing }).state).toMatchObject({ pause: undefined, phase: changing });
  const comparing = { ...changing, comparesSince: now - 3_000 };
  expect(pausing({ ...paused, phase: comparing }).state.phase).toEqual({ ...changing, comparesSince: now });
});
