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
    return set(now, name, { fenced: true, silentSince: at === undefined ? undefined : desk.now + at });
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

test("a bake is put off by the time in which they did not answer; what is being changed is not", () => {
  const state = silent({}, {});
  const { phase } = state;
  if (phase.name !== "baking") throw new Error(phase.name);
  const { index, stage, until, longest } = phase;
  const paused = { ...state, pausedAt: state.now - 7_000 };
  expect(pausing(paused).state).toMatchObject({
    pausedAt: undefined,
    phase: { ...phase, until: until + 7_000, longest: longest + 7_000 },
  });
  const changing = { name: "changing", index, stage, askedAt: undefined, comparesSince: undefined } as const;
  expect(pausing({ ...paused, phase: changing }).state).toMatchObject({ pausedAt: undefined, phase: changing });
});
