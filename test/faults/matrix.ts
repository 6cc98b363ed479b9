import type { Cell, Group } from "./cells.ts";

/** One test as a test run told of it; its full title names the cells that it proves: `… (cells 45, 47)`. */
export type Tried = {
  /** The test's file, from the folder of all tests on: `lab/net.test.ts`. */
  readonly file: string;
  readonly title: string;
  readonly state: "passed" | "failed" | "skipped";
};

export type Where = "unit" | "simulator" | "end to end" | "lab";

/** What must be known of a cell besides its tests. */
export type Note = {
  /** How the design decides where it decides otherwise than the cell. */
  readonly design?: string;
  /** Why no test can show it on such a machine, or what of it none can show. */
  readonly unseen?: string;
};

export type Judged = {
  readonly cell: Cell;
  readonly state: "survived" | "FAILED" | "no test" | "not testable here";
  readonly where: readonly Where[];
  readonly tests: readonly Tried[];
  readonly note: Note;
};

type Known = {
  readonly groups: readonly Group[];
  readonly notes: Readonly<Record<number, Note>>;
  readonly tried: readonly Tried[];
  /** What this machine lacks: only that excuses a test that was skipped. */
  readonly lacking: readonly string[];
};

/** Each cell's verdict: survived when some test names it, and all that do have passed. */
export function judge({ groups, notes, tried, lacking }: Known): readonly Judged[] {
  const cells = groups.flatMap((group) => group.cells);
  return cells.map((cell) => {
    const tests = tried.filter(({ title }) => cellsOf(title).includes(cell.number));
    const note = notes[cell.number] ?? {};
    return { cell, state: stateOf(tests, note, lacking), where: placesOf(tests), tests, note };
  });
}

/** The cells that a test's full title names; a suite's title counts for each of its tests. */
export function cellsOf(title: string): readonly number[] {
  const named = [...title.matchAll(/\(cells? (\d[\d, and]*)\)/g)];
  return named.flatMap(([, numbers = ""]) => (numbers.match(/\d+/g) ?? []).map(Number));
}

function stateOf(tests: readonly Tried[], note: Note, lacking: readonly string[]): Judged["state"] {
  const ran = tests.filter(({ state }) => state !== "skipped");
  if (ran.some(({ state }) => state === "failed")) return "FAILED";
  if (ran.length < tests.length && lacking.length === 0) return "FAILED";
  if (ran.length > 0) return "survived";
  if (tests.length > 0 || note.unseen !== undefined) return "not testable here";
  return "no test";
}

const places: readonly (readonly [folder: string, where: Where])[] = [
  ["simulation/", "simulator"],
  ["scenarios/", "simulator"],
  ["lab/", "lab"],
  ["e2e/", "end to end"],
  ["", "unit"],
];

function placesOf(tests: readonly Tried[]): readonly Where[] {
  const found = tests
    .filter(({ state }) => state === "passed")
    .map(({ file }) => places.find(([folder]) => file.startsWith(folder))?.[1]);
  return (["simulator", "lab", "end to end", "unit"] as const).filter((where) => found.includes(where));
}

/** How many of all cells survived, altogether and by where that was seen. */
export type Score = {
  readonly cells: number;
  readonly survived: number;
  readonly failed: number;
  readonly byPlace: Readonly<Record<Where, number>>;
};

/** The sums over a judged matrix. */
export function score(judged: readonly Judged[]): Score {
  const survived = judged.filter(({ state }) => state === "survived");
  const at = (place: Where) => survived.filter(({ where }) => where.includes(place)).length;
  return {
    cells: judged.length,
    survived: survived.length,
    failed: judged.filter(({ state }) => state === "FAILED").length,
    byPlace: { simulator: at("simulator"), lab: at("lab"), "end to end": at("end to end"), unit: at("unit") },
  };
}
