import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { list } from "tar";
import { describe, expect, test } from "vitest";
import { type Node, pack } from "../../src/artifacts/pack.ts";
import { failureOf, folder } from "./workshop.ts";

function file(path: string, text: string, executable = false): Node {
  const bytes = Buffer.from(text);
  return { path, type: "file", executable, size: bytes.length, target: "", content: () => once(bytes) };
}

function other(type: "folder" | "link", path: string, target = ""): Node {
  return { path, type, executable: true, size: 0, target, content: () => once(Buffer.alloc(0)) };
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function packed(nodes: readonly Node[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pack(nodes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const tree: readonly Node[] = [
  other("folder", "bin"),
  file("bin/run", "#!/bin/sh\necho hello\n", true),
  other("link", "start", "bin/run"),
  file("bin-ary", "\u0000"),
  file("läuft.txt", "ja\n"),
  file(`${"long/".repeat(30)}name`, "x"),
  other("link", "far", `${"long/".repeat(30)}name`),
];

test("the format is this one for ever: another digest here is another digest for every release", async () => {
  const digest = createHash("sha256")
    .update(await packed(tree))
    .digest("hex");
  expect(digest).toMatchInlineSnapshot(`"a97e3d9470621d8edc5cec5d473cf5b43f7179a44df0d6c18719d2f8010233f6"`);
});

test("order does not depend on the order given, nor on a language", async () => {
  const bytes = await packed([...tree].reverse());
  expect(bytes).toEqual(await packed(tree));
  expect(await namesIn(bytes)).toEqual(["bin/", "bin-ary", "bin/run", "far", tree[5]?.path, "läuft.txt", "start"]);
});

/** As the tar library reads them. */
async function namesIn(bytes: Buffer): Promise<readonly string[]> {
  const names: string[] = [];
  const parser = list({ onReadEntry: (entry) => names.push(entry.path) });
  await new Promise((done) => parser.on("end", done).end(bytes));
  return names;
}

describe("what others read in it", () => {
  test.each(["tar", "busybox tar"])("%s unpacks it as it was", async (command) => {
    const at = folder();
    writeFileSync(join(at, "x.tar"), await packed(tree));
    mkdirSync(join(at, "out"));
    execFileSync("sh", ["-c", `${command} -xf x.tar -C out`], { cwd: at });
    expect(readFileSync(join(at, "out/start"), "utf8")).toBe("#!/bin/sh\necho hello\n");
    expect(readFileSync(join(at, "out/far"), "utf8")).toBe("x");
    expect(readFileSync(join(at, "out/läuft.txt"), "utf8")).toBe("ja\n");
    expect(statSync(join(at, "out/bin/run")).mode & 0o777).toBe(0o755);
    expect(statSync(join(at, "out/bin-ary")).mode & 0o777).toBe(0o644);
  });
});

test("a file that grew or shrank meanwhile is refused, by name", async () => {
  for (const size of [1, 9]) {
    const failure = await failureOf(packed([{ ...file("log\n", "four"), size }]));
    expect(failure.code).toBe("refused");
    expect(failure.message).toBe('"log\\n" changed while it was packed');
  }
});
