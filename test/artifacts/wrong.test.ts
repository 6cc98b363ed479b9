import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../../src/artifacts/entry.ts";
import { wrongIn } from "../../src/artifacts/wrong.ts";

const part = fc.constantFrom("a", "b", "c", "..", ".");
const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const target = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));

function link(path: string, target: string): Entry {
  return { path, type: "link", flag: "2", mode: 0o777, size: 0, target, offset: 0 };
}

test("whatever is let through stays inside when a kernel follows it", () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.dictionary(path, target, { minKeys: 1, maxKeys: 5 }), (links) => {
      const entries = Object.entries(links).map(([path, target]) => link(path, target));
      if (wrongIn(entries) !== undefined) return;
      passed += 1;
      expect(escaped(entries)).toEqual([]);
    }),
    { numRuns: 600 },
  );
  expect(passed).toBeGreaterThan(10);
});

/** Links that lead out of a real folder with these links in it. Folders that links name are made, so that they lead somewhere. */
function escaped(entries: readonly Entry[]): readonly string[] {
  const outer = realpathSync(mkdtempSync(join(tmpdir(), "ship-links-")));
  try {
    const root = join(outer, "root");
    mkdirSync(root);
    for (const { path, target } of entries) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    }
    for (const name of ["a", "b", "c", "a/b", "b/c", "c/a"]) tryTo(() => mkdirSync(join(root, name)));
    const ends = entries.flatMap(({ path }) => tryTo(() => realpathSync(join(root, path))) ?? []);
    return ends.filter((end) => end !== root && !end.startsWith(`${root}/`));
  } finally {
    rmSync(outer, { recursive: true });
  }
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

test("a link that is inside by its text and outside in truth is refused", () => {
  expect(wrongIn([link("a", "."), link("b", "a/../x")])).toBe('entry "b" is a link that leaves the release: "a/../x"');
  expect(wrongIn([link("d/a", ".."), link("d/b", "a/x")])).toBeUndefined();
});
