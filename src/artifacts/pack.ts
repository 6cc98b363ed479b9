import { ShipError } from "../core/error.ts";
import { quoted } from "./entry.ts";
import { blockSize, type TarBlock, writeBlock } from "./tar-block.ts";

/** One thing to be packed; `path` is plain and relative, and its parents are folders. `size` in bytes. */
export type Node = {
  readonly path: string;
  readonly type: "file" | "folder" | "link";
  readonly executable: boolean;
  readonly size: number;
  readonly target: string;
  content(): AsyncIterable<Uint8Array>;
};

/**
 * The one tar that these nodes make, on any machine: sorted by the bytes of their paths, time 0, owner 0, no names, modes
 * 0755 and 0644 by the x bit. Changing a byte of this format changes the digest of every packed release. Names of more
 * than 100 bytes are written GNU's way, which busybox reads too; it skips pax headers. Throws ShipError `refused` when a
 * file has another length than its node says: it was written to meanwhile.
 */
export async function* pack(nodes: readonly Node[]): AsyncGenerator<Uint8Array> {
  for (const node of sorted(nodes)) {
    yield* headers(node);
    if (node.type === "file") yield* content(node);
  }
  yield Buffer.alloc(2 * blockSize);
}

function sorted(nodes: readonly Node[]): readonly Node[] {
  return nodes
    .map((node) => ({ node, key: Buffer.from(node.path) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ node }) => node);
}

const flags = { file: "0", folder: "5", link: "2" } as const;

function* headers(node: Node): Generator<Uint8Array> {
  const name = node.type === "folder" ? `${node.path}/` : node.path;
  yield* longName("L", name);
  yield* longName("K", node.target);
  yield writeBlock({ name, mode: mode(node), size: node.size, type: flags[node.type], link: node.target });
}

function mode(node: Node): number {
  if (node.type === "link") return 0o777;
  return node.type === "folder" || node.executable ? 0o755 : 0o644;
}

function* longName(type: "L" | "K", name: string): Generator<Uint8Array> {
  const bytes = Buffer.from(`${name}\0`);
  if (bytes.length <= 101) return;
  const block: TarBlock = { name: "././@LongLink", mode: 0, size: bytes.length, type, link: "" };
  yield writeBlock(block);
  yield bytes;
  yield padding(bytes.length);
}

async function* content(node: Node): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of node.content()) {
    length += chunk.length;
    if (length > node.size) break;
    yield chunk;
  }
  if (length !== node.size) throw new ShipError("refused", `${quoted(node.path)} changed while it was packed`);
  yield padding(length);
}

function padding(length: number): Uint8Array {
  return Buffer.alloc((blockSize - (length % blockSize)) % blockSize);
}
