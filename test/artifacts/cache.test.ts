import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskTrouble, writableCache } from "../../src/artifacts/cache.ts";
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
