import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { play } from "./episode.ts";
import { kinds, type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { emptyTally, joined, missing, tallied } from "./tally.ts";

const count = Number(process.env["SHIP_RUNS"] ?? 60);

test("a part of the storm breaks no promise", { timeout: 400_000 }, async () => {
  let tally = emptyTally;
  for (let seed = 1; seed <= count; seed += 1) tally = tallied(tally, seed, await play(scheduleOf(seed)));
  expect(tally.broken).toEqual([]);
  expect(missing(tally).length).toBeLessThan(kinds.length / 4);
});

test("the same schedule gives the same events", { timeout: 400_000 }, async () => {
  for (const seed of [3, 14, 15]) {
    const once = await play(scheduleOf(seed));
    const again = await play(scheduleOf(seed));
    expect(again).toEqual(once);
    expect((await play(scheduleOf(seed + 100))).hash).not.toBe(once.hash);
  }
});

describe("what was found once", () => {
  const found = readFileSync(join(import.meta.dirname, "seeds.txt"), "utf8")
    .split("\n\n")
    .flatMap((part) => {
      const [word = "", json] = part.trim().split("\n");
      return json === undefined || !json.startsWith("{") ? [] : [{ word: word.slice(2), json }];
    });
  test("is kept", () => {
    expect(found.length).toBeGreaterThan(4);
  });
  test.each(found)("stays mended: $word", { timeout: 400_000 }, async ({ json }) => {
    const schedule: Schedule = JSON.parse(json);
    expect((await play(schedule)).violation).toBeUndefined();
  });
});

test("a broken promise is told by the smallest schedule that breaks it", { timeout: 400_000 }, async () => {
  const broken: Schedule = { ...scheduleOf(7), back: 0, width: 0 };
  const seen = await play(broken);
  expect(seen.violation).toBeDefined();
  const small = await shrink(broken);
  expect((await play(small)).violation?.invariant).toBe(seen.violation?.invariant);
  expect(small.troubles.length + small.words.length + small.commands.length).toBeLessThanOrEqual(
    broken.troubles.length + broken.words.length + broken.commands.length,
  );
});

test("tallies add up, whoever made them", () => {
  const one = { ...emptyTally, schedules: 1, injected: { kill: 2 }, broken: [{ seed: 9, invariant: "I1", text: "x" }] };
  const two = { ...emptyTally, schedules: 2, injected: { kill: 1 }, broken: [{ seed: 3, invariant: "I1", text: "y" }] };
  const all = joined(one, two);
  expect(all).toMatchObject({ schedules: 3, injected: { kill: 3 }, broken: [{ seed: 3 }, { seed: 9 }] });
  expect(missing(all)).not.toContain("kill");
  expect(missing(all)).toContain("late");
});
