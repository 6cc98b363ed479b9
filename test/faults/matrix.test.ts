import { describe, expect, test } from "vitest";
import { groups } from "./cells.ts";
import { cellsOf, judge, score, type Tried } from "./matrix.ts";
import { notes } from "./notes.ts";
import { showMatrix } from "./show.ts";

const one = [
  {
    letter: "A",
    name: "Resolve",
    cells: [
      { number: 1, fault: "odd name", owed: "refused" },
      { number: 2, fault: "number", owed: "shown" },
    ],
  },
];

function passed(title: string, file = "core/x.test.ts"): Tried {
  return { title, file, state: "passed" };
}

function judging(tried: readonly Tried[], more: Partial<Parameters<typeof judge>[0]> = {}) {
  return judge({ groups: one, notes: {}, tried, lacking: [], ...more });
}

test("there are eighty cells, numbered in order, in groups A to L", () => {
  const numbers = groups.flatMap(({ cells }) => cells.map(({ number }) => number));
  expect(numbers).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
  expect(groups.map(({ letter }) => letter).join("")).toBe("ABCDEFGHIJKL");
  expect(Object.keys(notes).filter((number) => !numbers.includes(Number(number)))).toEqual([]);
});

test.each([
  ["goes back (cell 45)", [45]],
  ["goes back (cells 45, 47)", [45, 47]],
  ["all of it (cells 1, 2 and 3)", [1, 2, 3]],
  ["in a suite (cell 7) goes back (cell 8)", [7, 8]],
  ["S1: no cell is named 45", []],
  ["a cell (cellar 5)", []],
])("a title names its cells, or none: row %#", (title, cells) => {
  expect(cellsOf(title)).toEqual(cells);
});

describe("a cell", () => {
  test("has survived when all that name it have passed, wherever they are", () => {
    const tried = [passed("a (cell 1)"), passed("b (cells 1, 2)", "lab/x.test.ts"), passed("c", "e2e/x.test.ts")];
    const [first, second] = judging(tried);
    expect(first).toMatchObject({ state: "survived", where: ["lab", "unit"] });
    expect(second).toMatchObject({ state: "survived", where: ["lab"] });
    expect(score(judging(tried))).toMatchObject({ cells: 2, survived: 2, failed: 0, byPlace: { lab: 2, unit: 1 } });
  });

  test("has failed when one of them has", () => {
    const [first, second] = judging([passed("a (cell 1)"), { ...passed("b (cell 1)"), state: "failed" }]);
    expect(first?.state).toBe("FAILED");
    expect(second?.state).toBe("no test");
  });

  test("whose test was skipped has failed, unless the machine lacks something", () => {
    const skipped = [{ ...passed("b (cell 1)"), state: "skipped" as const }];
    expect(judging(skipped)[0]?.state).toBe("FAILED");
    expect(judging(skipped, { lacking: ["no namespaces"] })[0]?.state).toBe("not testable here");
    expect(judging([...skipped, passed("(cell 1)")], { lacking: ["no namespaces"] })[0]?.state).toBe("survived");
  });

  test("that nothing can show says so", () => {
    expect(judging([], { notes: { 2: { unseen: "no power to cut" } } })[1]?.state).toBe("not testable here");
  });
});

test("the matrix is at most 120 columns wide, and says what is owed where it is not survived", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
  const judged = judging([passed("(cell 1)")], { notes: { 1: { design: words } } });
  const lines = showMatrix(one, judged, (_, text) => text);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
  expect(lines.join("\n")).toMatch(/^\nA\. Resolve\n {3}1 {2}odd name +survived +unit +1\n {6}DESIGN: word0 /);
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/^ {3}2 {2}number +no test$/), "      owed: shown"]);
});
