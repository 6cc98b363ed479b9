import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { ShipError } from "../core/error.ts";
import { limits } from "./entry.ts";
import { type Node, pack } from "./pack.ts";
import { scan } from "./scan.ts";
import type { Expected } from "./source.ts";
import { wrongIn } from "./wrong.ts";

/** A sha256 in hex, and the length in bytes of what it is the hash of. */
type Sum = { readonly sha256: string; readonly size: number };

/** A tar.gz in the cache, named by the sha256 of its bytes: what lies there never changes. */
export type Kept = {
  readonly archive: string;
  /**
   * Which release it is, on any machine. Of an archive that came as one: of its bytes. Of what was packed here: of the tar
   * before compression, since zlib's output differs between versions and processors, and blocks without compression, which
   * would not, are three times the bytes for every host.
   */
  readonly identity: Sum;
  /** Of the file's bytes: what a host checks. */
  readonly wire: Sum;
};

/** The archive of this sha256, if an earlier run kept it; one that the disk has damaged is as good as none. */
export async function findKept(cache: string, sha256: string): Promise<string | undefined> {
  const path = keptPath(cache, sha256);
  const sum = await sumOf(path).catch(() => undefined);
  return sum?.sha256 === sha256 ? path : undefined;
}

async function sumOf(path: string): Promise<Sum> {
  const found = meter();
  for await (const chunk of createReadStream(path)) found.add(chunk);
  return found.sum();
}

function keptPath(cache: string, sha256: string): string {
  return join(cache, `${sha256}.tar.gz`);
}

/** Copies an archive into the cache, and hashes and scans it in that one reading. Throws ShipError `refused`. */
export async function keepArchive(
  cache: string,
  { path, expected }: { readonly path: string; readonly expected: Expected | undefined },
  name: string,
): Promise<Kept> {
  return intoCache(cache, async (file) => {
    const written = meter();
    const gunzip = createGunzip();
    const unpacked = pipeline(Readable.from(writing(createReadStream(path), file, written)), gunzip);
    const ends = await Promise.allSettled([scan(withoutBombs(gunzip, written, name), name), unpacked]);
    const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    const failure = firstCause(failures);
    if (failure !== undefined) throw (await otherBytes(path, expected, name)) ?? badGzip(failure, name);
    // zlib stops before zeros that follow, closing what still writes to it. A host's gzip may not be so kind.
    if (failures.length > 0 || gunzip.bytesWritten !== written.size()) throw notSafe(name, "it has data after its end");
    const sum = written.sum();
    if (expected !== undefined && expected.sha256 !== sum.sha256) throw notPromised(name, expected, sum);
    return { identity: sum, wire: sum };
  });
}

/** Bytes that are not the promised ones are that first of all, whatever else is wrong with them. */
async function otherBytes(path: string, expected: Expected | undefined, name: string): Promise<ShipError | undefined> {
  const sum = await sumOf(path);
  return expected === undefined || expected.sha256 === sum.sha256 ? undefined : notPromised(name, expected, sum);
}

function notPromised(name: string, expected: Expected, sum: Sum): ShipError {
  return new ShipError("refused", `the bytes of ${name} are not those that ${expected.by} promises`, {
    details: [`promised sha256 ${expected.sha256}`, `received sha256 ${sum.sha256}`],
  });
}

/** Packs nodes into the cache. Throws ShipError `refused` for what `keepArchive` would refuse. */
export async function keepNodes(cache: string, nodes: readonly Node[], name: string): Promise<Kept> {
  const wrong = wrongNodes(nodes);
  if (wrong !== undefined) throw notSafe(name, wrong);
  return intoCache(cache, async (file) => {
    const [identity, wire] = [meter(), meter()];
    await pipeline(Readable.from(metered(pack(nodes), identity)), createGzip({ level: 6 }), async (bytes) => {
      for await (const chunk of writing(bytes, file, wire)) void chunk;
    });
    return { identity: identity.sum(), wire: wire.sum() };
  });
}

function notSafe(name: string, why: string): ShipError {
  return new ShipError("refused", `${name} is not safe to ship: ${why}`);
}

function wrongNodes(nodes: readonly Node[]): string | undefined {
  if (nodes.length === 0) return "it is empty";
  if (nodes.length > limits.entries) return `it has more than ${limits.entries} entries`;
  const unpacked = nodes.reduce((sum, node) => sum + node.size, 0);
  if (unpacked > limits.unpacked) return `it unpacks to more than ${limits.unpacked} bytes`;
  return wrongIn(nodes.map((node) => ({ ...node, flag: "", mode: 0, offset: 0 })));
}

/** Whole and on disk before it has its name, so that a kill leaves no half archive under a digest. */
async function intoCache(cache: string, write: (file: FileHandle) => Promise<Omit<Kept, "archive">>): Promise<Kept> {
  await mkdir(cache, { recursive: true });
  const draft = join(cache, `.${randomUUID()}.part`);
  try {
    const file = await open(draft, "wx", 0o444);
    const sums = await write(file).finally(() => file.sync().finally(() => file.close()));
    const archive = keptPath(cache, sums.wire.sha256);
    await rename(draft, archive);
    return { archive, ...sums };
  } finally {
    await rm(draft, { force: true });
  }
}

type Meter = { add(chunk: Uint8Array): void; size(): number; sum(): Sum };

function meter(): Meter {
  const hash = createHash("sha256");
  let size = 0;
  return {
    add(chunk) {
      hash.update(chunk);
      size += chunk.length;
    },
    size: () => size,
    sum: () => ({ sha256: hash.copy().digest("hex"), size }),
  };
}

async function* metered(chunks: AsyncIterable<Uint8Array>, by: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    by.add(chunk);
    yield chunk;
  }
}

async function* writing(chunks: AsyncIterable<Uint8Array>, file: FileHandle, by: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of metered(chunks, by)) {
    await file.writeFile(chunk);
    yield chunk;
  }
}

/** Stops at the first chunk that is too much: the rest of a bomb is never unpacked. */
async function* withoutBombs(tar: AsyncIterable<Uint8Array>, packed: Meter, name: string): AsyncGenerator<Uint8Array> {
  let unpacked = 0;
  for await (const chunk of tar) {
    unpacked += chunk.length;
    if (unpacked > limits.ratioFrom && unpacked > limits.ratio * packed.size())
      throw notSafe(name, `it unpacks to more than ${limits.ratio} times its size`);
    yield chunk;
  }
}

/** What happened, and not that other streams were closed because of it. */
function firstCause(failures: readonly unknown[]): unknown {
  const closed = ["ABORT_ERR", "ERR_STREAM_PREMATURE_CLOSE"];
  return (
    failures.find((error) => error instanceof ShipError) ?? failures.find((error) => !closed.includes(codeOf(error)))
  );
}

function badGzip(error: unknown, name: string): unknown {
  const code = codeOf(error);
  if (code === "Z_BUF_ERROR") return notSafe(name, "it is cut short");
  return code.startsWith("Z_") ? notSafe(name, "it is no gzip, or is damaged") : error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
