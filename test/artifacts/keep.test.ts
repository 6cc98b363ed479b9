import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { findKept, keepArchive } from "../../src/artifacts/keep.ts";
import { tarGzOf, tarOf } from "./tar-writer.ts";
import { failureOf, folder, resolveIt, write } from "./workshop.ts";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function kept(bytes: Buffer, cache = folder()) {
  const path = join(folder(), "a.tar.gz");
  writeFileSync(path, bytes);
  return keepArchive(cache, { path, expected: undefined }, "api v408");
}

const archive = tarGzOf([{ name: "app", body: "hello" }]);

test("an archive is kept as it came, under the sha256 of its bytes, and that is what it is called by", async () => {
  const cache = folder();
  const { archive: path, identity, wire } = await kept(archive, cache);
  expect(path).toBe(join(cache, `${sha256(archive)}.tar.gz`));
  expect(readFileSync(path)).toEqual(archive);
  expect(statSync(path).mode & 0o777).toBe(0o444);
  expect(wire).toEqual({ sha256: sha256(archive), size: archive.length });
  expect(identity).toEqual(wire);
});

test("a folder is called by its tar before compression, and sent by the file's bytes", async () => {
  const root = folder();
  write(root, { "v408/app": "hello\n".repeat(1000) });
  const resolved = await resolveIt({ source: { type: "dir", path: "{version}" }, root });
  const bytes = readFileSync(resolved.archive);
  expect(resolved.wire).toEqual({ sha256: sha256(bytes), size: bytes.length });
  expect(resolved.digest).toBe(sha256(gunzipSync(bytes)));
  expect(resolved.size).toBe(gunzipSync(bytes).length);
});

test("S22: what is refused leaves nothing in the cache, and nothing is unpacked (cell 40)", async () => {
  const cache = folder();
  await failureOf(kept(tarGzOf([{ name: "/etc/passwd" }]), cache));
  expect(readdirSync(cache)).toEqual([]);
});

test("what is cut short, at any byte, is refused", async () => {
  const cache = folder();
  for (let length = 0; length < archive.length; length += 1) {
    const failure = await failureOf(kept(archive.subarray(0, length), cache));
    expect(failure.message).toMatch(/is not safe to ship: it is (cut short|empty|no gzip, or is damaged)$/);
  }
});

test.each([
  ["no gzip at all", Buffer.from("<html>not here</html>"), "it is no gzip, or is damaged"],
  ["a tar without gzip", tarOf([{ name: "app" }]), "it is no gzip, or is damaged"],
  ["a gzip without tar", gzipSync("hello ".repeat(500)), "it is no tar, or is damaged, at byte 0"],
  ["an empty gzip", gzipSync(""), "it is empty"],
  ["a few bytes after the gzip", Buffer.concat([archive, Buffer.from("more")]), "it is no gzip, or is damaged"],
  ["many bytes after the gzip", Buffer.concat([archive, Buffer.alloc(1 << 20, 7)]), "it is no gzip, or is damaged"],
  ["a few zeros after the gzip", Buffer.concat([archive, Buffer.alloc(10)]), "it has data after its end"],
  ["many zeros after the gzip", Buffer.concat([archive, Buffer.alloc(1 << 20)]), "it has data after its end"],
  ["a second archive after the first", Buffer.concat([archive, archive]), "it has data after its end"],
])("%s is refused", async (_, bytes, words) => {
  const failure = await failureOf(kept(bytes));
  expect(failure.code).toBe("refused");
  expect(failure.message).toBe(`api v408 is not safe to ship: ${words}`);
});

test("a flipped bit in the gzip's own checksum and length is refused", async () => {
  for (let at = archive.length - 8; at < archive.length; at += 1) {
    const bytes = Buffer.from(archive);
    bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    expect((await failureOf(kept(bytes))).code).toBe("refused");
  }
});

test("S22: a bomb is stopped by its ratio (cell 40)", async () => {
  const bomb = tarGzOf([{ name: "zeros", body: Buffer.alloc(80 * 1024 ** 2) }]);
  expect((await failureOf(kept(bomb))).message).toContain("it unpacks to more than 200 times its size");
});

test("a kept archive is found by its sha256, and no longer when the disk has changed it", async () => {
  const cache = folder();
  const { wire } = await kept(archive, cache);
  expect(await findKept(cache, wire.sha256)).toBe(join(cache, `${wire.sha256}.tar.gz`));
  const other = "0".repeat(64);
  writeFileSync(join(cache, `${other}.tar.gz`), archive);
  expect(await findKept(cache, other)).toBeUndefined();
  expect(await findKept(cache, "1".repeat(64))).toBeUndefined();
});

test("bytes that are not the promised ones are told as such, even where they are no gzip any more", async () => {
  const path = join(folder(), "a.tar.gz");
  writeFileSync(path, Buffer.concat([archive, Buffer.from("more")]));
  const expected = { sha256: sha256(archive), by: "the checksum file" };
  const failure = await failureOf(keepArchive(folder(), { path, expected }, "api v408"));
  expect(failure.message).toBe("the bytes of api v408 are not those that the checksum file promises");
});
