import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskTrouble, pruneCache, writableCache } from "../../src/artifacts/cache.ts";
import { ShipError } from "../../src/core/error.ts";
import { folder, resolveIt, write } from "./workshop.ts";

test("where the cache cannot be made, archives are kept elsewhere", async () => {
  const root = folder();
  write(root, { "v408/app": "x" });
  const cache = join(root, "cache");
  writeFileSync(cache, "a file in its way");
  const { archive } = await resolveIt({ source: { type: "dir", path: "{version}" }, root, cache });
  expect(archive.startsWith(cache)).toBe(false);
  expect(existsSync(archive)).toBe(true);
  rmSync(join(archive, ".."), { recursive: true });
});

test("where it can, it is made and used", () => {
  const cache = join(folder(), "a/b");
  expect(writableCache(cache)).toBe(cache);
  expect(existsSync(cache)).toBe(true);
});

test("a full disk here is told as one; other errors stay what they are", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(diskTrouble(full, "/c")).toMatchObject({
    code: "refused",
    message: "The artifact cannot be kept here, in /c: there is no room left on the disk.",
  });
  const other = new TypeError("x");
  expect(diskTrouble(other, "/c")).toBe(other);
  const known = new ShipError("usage", "m");
  expect(diskTrouble(known, "/c")).toBe(known);
});

test("what nobody used for two weeks goes, but for the newest ten; nothing else in the folder is touched", async () => {
  const cache = folder();
  const day = 24 * 3600;
  const archives = Array.from({ length: 14 }, (_, at) => `${at.toString(16).repeat(64)}.tar.gz`);
  const put = (name: string, days: number) => {
    writeFileSync(join(cache, name), "x");
    utimesSync(join(cache, name), 1e9 - days * day, 1e9 - days * day);
  };
  for (const [at, name] of archives.entries()) put(name, at < 12 ? at + 4 : 3);
  for (const name of [".half.part", "notes.txt"]) put(name, 30);
  mkdirSync(join(cache, ".scratch-x"));
  utimesSync(join(cache, ".scratch-x"), 1, 1);
  await pruneCache(cache, 1e12);
  expect(readdirSync(cache).sort()).toEqual([...archives.slice(0, 11), ...archives.slice(12), "notes.txt"].sort());
  await pruneCache(join(cache, "nowhere"), 1e12);
});

test("an archive that was used counts as new", async () => {
  const root = folder();
  write(root, { "v408/app": "x" });
  const asked = { source: { type: "dir", path: "{version}" }, root, cache: join(root, "cache") } as const;
  const { archive } = await resolveIt(asked);
  utimesSync(archive, 1, 1);
  for (let at = 0; at < 11; at += 1) writeFileSync(join(root, "cache", `${at.toString(16).repeat(64)}.tar.gz`), "x");
  await resolveIt(asked);
  expect(existsSync(archive)).toBe(true);
});
