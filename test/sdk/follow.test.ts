import { mkdtempSync, renameSync, rmSync, utimesSync, watch, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Follower, type Problem } from "../../src/sdk/follow.ts";

vi.mock("node:fs", { spy: true });
vi.mock("node:fs/promises", { spy: true });

const longAgo = new Date("2026-01-01");
let folder: string;
let file: string;
let follower: Follower;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  vi.clearAllMocks();
  folder = mkdtempSync(join(tmpdir(), "ship-follow-"));
  file = join(folder, "flags.json");
  follower = new Follower();
});

afterEach(() => {
  follower.close();
  vi.useRealTimers();
  vi.mocked(readFile).mockReset();
  rmSync(folder, { recursive: true, force: true });
});

function replace(path: string, text: string, changed = longAgo): void {
  writeFileSync(`${path}.new`, text);
  utimesSync(`${path}.new`, changed, changed);
  renameSync(`${path}.new`, path);
}

/** Until three looks have found three changes of another file: two of them are over by then. */
async function looks(): Promise<void> {
  const marker = join(folder, "marker");
  let told = "";
  follower.follow(marker, (text) => {
    told = text;
    return undefined;
  });
  for (const text of ["1", "2", "3"]) {
    replace(marker, text);
    while (told !== text) {
      vi.advanceTimersByTime(300);
      await turn();
    }
  }
}

function reads(): number {
  return vi.mocked(readFile).mock.calls.filter(([path]) => path === file).length;
}

test("an event tells of a change without a look by the clock", async () => {
  replace(file, "old");
  const changed = new Promise((resolve) => {
    follower.follow(file, (text) => {
      if (text === "new") resolve(text);
      return undefined;
    });
  });
  replace(file, "new");
  expect(await changed).toBe("new");
});

test.each<[string | null, number]>([
  ["flags.json", 1],
  [null, 1],
  ["flags.json.new", 0],
  ["application.log", 0],
])("an event of %j starts %i looks", (name, expected) => {
  follower.follow(file, () => undefined);
  const listener = vi.mocked(watch).mock.calls.at(-1)?.at(-1);
  if (typeof listener !== "function") expect.unreachable("The folder is not watched.");
  Reflect.apply(listener, undefined, ["change", name]);
  expect(stat).toHaveBeenCalledTimes(expected);
});

test("a file of another folder with the name of a followed one starts no look", () => {
  follower.follow(file, () => undefined);
  follower.follow(join(tmpdir(), "ship-follows-nothing-here"), () => undefined);
  const listener = vi.mocked(watch).mock.calls.at(-1)?.at(-1);
  if (typeof listener !== "function") expect.unreachable("The folder is not watched.");
  Reflect.apply(listener, undefined, ["change", "flags.json"]);
  expect(stat).not.toHaveBeenCalled();
});

test.each(["2026-01-01", "2126-01-01"])("a file of %s is settled, and read at one look only", async (changed) => {
  replace(file, "text", new Date(changed));
  follower.follow(file, () => undefined);
  await looks();
  expect(reads()).toBe(1);
});

/** The next so many reads of the file fail with this. */
function failing(error: Error, times: number): void {
  let left = times;
  vi.mocked(readFile).mockImplementation(async (path, options) => {
    if (path === file && left-- > 0) throw error;
    return (await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises")).readFile(path, options);
  });
}

test("a file that cannot be read whole is not read again until it changes", async () => {
  replace(file, "first");
  const take = vi.fn();
  follower.follow(file, take);
  failing(new Error("Cannot create a string that long"), 2);
  await looks();
  expect(reads()).toBe(1);
  replace(file, "other");
  await looks();
  expect(reads()).toBe(2);
  replace(file, "third");
  await looks();
  expect(take.mock.calls).toEqual([["first"], ["third"]]);
});

test("a file that could not be opened is tried again, changed or not", async () => {
  const take = vi.fn();
  follower.follow(file, take);
  failing(Object.assign(new Error("EMFILE"), { syscall: "open" }), 1);
  replace(file, "text");
  await looks();
  expect(take.mock.calls).toEqual([["text"]]);
});

/** What is amiss with the file that the tests follow; the marker of `looks` comes and is well. */
function problems(): readonly Problem[] {
  return follower.problems().filter((problem) => problem.file === file);
}

test("says what is amiss with a file and since when, until it is well again", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"], now: 1_000 });
  follower.follow(file, (text) => (text.startsWith("good") ? undefined : `It is ${text}.`));
  expect(problems()).toEqual([{ file, what: "missing", why: "There is no such file.", since: 1_000 }]);
  replace(file, "bad");
  vi.setSystemTime(2_000_000);
  await looks();
  const [broken] = problems();
  expect(broken).toMatchObject({ what: "broken", why: "It is bad." });
  replace(file, "worse");
  vi.setSystemTime(3_000_000);
  await looks();
  expect(problems()).toEqual([{ ...broken, why: "It is worse." }]);
  replace(file, "good");
  await looks();
  expect(problems()).toEqual([]);
});

test("a good file that goes is missing from then on, and well when it is back as it was", async () => {
  replace(file, "good");
  follower.follow(file, () => undefined);
  expect(problems()).toEqual([]);
  rmSync(file);
  await looks();
  expect(problems()).toMatchObject([{ what: "missing" }]);
  replace(file, "good");
  await looks();
  expect(problems()).toEqual([]);
});

test("a broken file that goes and comes back as it was is broken still", async () => {
  replace(file, "bad");
  follower.follow(file, (text) => `It is ${text}.`);
  rmSync(file);
  await looks();
  expect(problems()).toMatchObject([{ what: "missing" }]);
  replace(file, "bad");
  await looks();
  expect(problems()).toMatchObject([{ what: "broken", why: "It is bad." }]);
});

test("a file that cannot be opened is unreadable, and a folder that is a file holds none", async () => {
  follower.follow(file, () => undefined);
  failing(Object.assign(new Error("EACCES: permission denied"), { code: "EACCES", syscall: "open" }), 1_000);
  replace(file, "text");
  await looks();
  expect(problems()).toMatchObject([{ what: "unreadable", why: "EACCES: permission denied" }]);
  follower.follow(join(file, "flags.json"), () => undefined);
  expect(follower.problems().at(-1)).toMatchObject({ what: "missing" });
});

test("a file whose reader throws is told as one that cannot be read", async () => {
  replace(file, "text");
  follower.follow(file, () => {
    throw new Error("Maximum call stack size exceeded");
  });
  await looks();
  expect(problems()).toMatchObject([{ what: "unreadable", why: "Maximum call stack size exceeded" }]);
});
