import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { locked } from "../../src/sandbox/lock.ts";

const folder = mkdtempSync(join(tmpdir(), "ship-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("one at a time, whatever comes of it, and nothing is left", async () => {
  const file = join(folder, "one");
  let inside = 0;
  const work = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await sleep(5);
    inside -= 1;
    throw new Error("as often as not");
  };
  const ends = await Promise.allSettled(Array.from({ length: 6 }, () => locked(file, work)));
  expect(ends.map((end) => end.status)).toEqual(Array.from({ length: 6 }, () => "rejected"));
  expect(readdirSync(folder)).toEqual([]);
});

test("a holder that died, or whose pid is another's now, does not keep it", async () => {
  const file = join(folder, "dead");
  for (const holder of ["999999999 1 x", `${process.pid} another-start x`, "garbage"]) {
    writeFileSync(file, holder);
    expect(await locked(file, async () => "in")).toBe("in");
  }
  expect(readdirSync(folder)).toEqual([]);
});
