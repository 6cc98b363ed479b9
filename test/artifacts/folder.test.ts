import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodesOf } from "../../src/artifacts/folder.ts";
import { failureOf, folder, resolveIt, write } from "./workshop.ts";

const name = fc.stringMatching(/^[a-zA-Zäé_.-]{1,8}$/).filter((name) => !/^\.{1,2}$|^\.git$/.test(name));
const files = fc.dictionary(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
  fc.record({ bytes: fc.uint8Array({ maxLength: 2000 }), executable: fc.boolean() }),
  { minKeys: 1, maxKeys: 8 },
);
const circumstances = fc.record({
  mtime: fc.integer({ min: 1, max: 2e9 }),
  umask: fc.constantFrom(0o022, 0o077, 0o002),
  seed: fc.nat(),
});

test("equal files make an equal digest, whatever their times, their order of writing and the umask", async () => {
  await fc.assert(
    fc.asyncProperty(files, circumstances, circumstances, async (tree, here, there) => {
      const entries = Object.entries(tree);
      fc.pre(entries.every(([path]) => !entries.some(([other]) => other.startsWith(`${path}/`))));
      const [one, two] = await Promise.all([made(tree, here), made(tree, there)]);
      expect(two.digest).toBe(one.digest);
      expect(two.size).toBe(one.size);
    }),
    { numRuns: 40 },
  );
});

type Tree = Readonly<Record<string, { readonly bytes: Uint8Array; readonly executable: boolean }>>;
type Circumstances = { readonly mtime: number; readonly umask: number; readonly seed: number };

async function made(tree: Tree, { mtime, umask, seed }: Circumstances) {
  const root = folder();
  const before = process.umask(umask);
  try {
    const entries = Object.entries(tree);
    const turn = seed % entries.length;
    for (const [path, { bytes, executable }] of [...entries.slice(turn), ...entries.slice(0, turn)]) {
      const at = join(root, "v408", path);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, bytes, { mode: executable ? 0o777 : 0o666 });
      utimesSync(at, mtime, mtime);
    }
  } finally {
    process.umask(before);
  }
  return resolveIt({ source: { type: "dir", path: "{version}" }, root });
}

describe("another digest for", () => {
  test.each<[string, (at: string) => void]>([
    ["other bytes", (at) => writeFileSync(join(at, "run"), "y")],
    ["another name", (at) => writeFileSync(join(at, "more"), "")],
    ["the x bit", (at) => chmodSync(join(at, "run"), 0o755)],
    ["an empty folder", (at) => mkdirSync(join(at, "empty"))],
    ["a link", (at) => symlinkSync("run", join(at, "link"))],
  ])("%s", async (_, change) => {
    const root = folder();
    write(root, { "v408/run": "x" });
    const asked = { source: { type: "dir", path: "{version}" }, root };
    const before = await resolveIt(asked);
    change(join(root, "v408"));
    expect((await resolveIt(asked)).digest).not.toBe(before.digest);
  });
});

test("takes everything but .git, links as links", async () => {
  const root = folder();
  write(root, { ".git/HEAD": "x", "sub/.git": "gitdir: x", "sub/a": "a", ".env": "b", "node_modules/.cache/c": "c" });
  symlinkSync("sub/a", join(root, "link"));
  const paths = (await nodesOf(root)).map(({ path, type }) => `${type} ${path}`).sort();
  expect(paths).toEqual([
    "file .env",
    "file node_modules/.cache/c",
    "file sub/a",
    "folder node_modules",
    "folder node_modules/.cache",
    "folder sub",
    "link link",
  ]);
});

test("refuses a named pipe and a setuid file, by name", async () => {
  const root = folder();
  execFileSync("sh", ["-c", "mkfifo pipe"], { cwd: root });
  expect((await failureOf(nodesOf(root))).message).toContain('holds "pipe", which is no file, folder or link');
  const other = folder();
  write(other, { su: "x" });
  chmodSync(join(other, "su"), 0o4755);
  expect((await failureOf(nodesOf(other))).message).toContain('holds "su", which is setuid or setgid');
});

test("refuses a link that leaves, and an empty folder", async () => {
  const root = folder();
  mkdirSync(join(root, "v408"));
  const asked = { source: { type: "dir", path: "{version}" }, root };
  expect((await failureOf(resolveIt(asked))).message).toBe("api v408 is not safe to ship: it is empty");
  symlinkSync("/etc/passwd", join(root, "v408", "out"));
  expect((await failureOf(resolveIt(asked))).message).toContain(
    'entry "out" is a link that leaves the release: "/etc/passwd"',
  );
});
