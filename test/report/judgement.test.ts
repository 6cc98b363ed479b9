import { expect, test } from "vitest";
import type { Judgement } from "../../src/core/judge.ts";
import { judgementLines, steadyLines } from "../../src/report/judgement.ts";
import { paint } from "../../src/report/paint.ts";

function row(assertion: string, verdict: Judgement["verdict"]) {
  const judgement: Judgement = {
    assertion,
    verdict,
    causes: verdict === "undecided" ? [{ cause: "too-few", detail: "1 of 3 readings" }] : [],
    values: [],
    value: 40,
    limit: 50,
    hosts: [],
    readings: 1,
    bad: 0,
    of: 5,
    events: 12,
    method: "threshold",
    interval: undefined,
    chance: undefined,
    isSure: false,
    isContested: false,
    origins: [],
    observeOnly: false,
  };
  return { judgement, values: [] };
}

const rows = [row("a < 50", "pass"), row("b < 50", "undecided"), row("c < 50", "pass"), row("d < 50", "fail")];
const names = (lines: readonly string[]) => lines.map((line) => /([a-d]) < 50/.exec(line)?.[1] ?? line);

test("a page has the worst first, and a view that is watched has each in its place", () => {
  expect(names(judgementLines(rows, paint(false), 9))).toEqual(["d", "b", "a", "c"]);
  expect(names(steadyLines(rows, paint(false), 9))).toEqual(["a", "b", "c", "d"]);
});

test("where there is no room for all, both keep the worst", () => {
  expect(names(judgementLines(rows, paint(false), 3))).toEqual(["d", "b", "… and 2 more assertions"]);
  expect(names(steadyLines(rows, paint(false), 3))).toEqual(["b", "d", "… and 2 more assertions"]);
});

test("what is missing comes before what is there", () => {
  expect(judgementLines([row("b < 50", "undecided")], paint(false), 9)[0]).toMatch(
    /too-few: 1 of 3 readings, 12 events$/,
  );
});
