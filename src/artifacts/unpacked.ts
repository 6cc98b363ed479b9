import { createReadStream } from "node:fs";
import { type Entry, plain } from "./entry.ts";
import type { Node } from "./pack.ts";
import { scan } from "./scan.ts";

/**
 * What a tar on disk holds, without unpacking it: contents are read from where they lie in it. `strip` leading folders go
 * from each path, and all of it is put below `prefix`. Throws what `scan` throws.
 */
export async function nodesInTar(
  tar: { readonly path: string; readonly strip: number; readonly prefix: string },
  name: string,
): Promise<readonly Node[]> {
  const entries = await scan(createReadStream(tar.path), name);
  const files = new Map(entries.filter((entry) => entry.type === "file").map((entry) => [plain(entry.path), entry]));
  return entries.flatMap((entry) => {
    const path = moved(entry, tar);
    return path === undefined ? [] : [nodeOf(entry, path, { tar: tar.path, files })];
  });
}

function moved(entry: Entry, by: { readonly strip: number; readonly prefix: string }): string | undefined {
  const kept = plain(entry.path).split("/").slice(by.strip).join("/");
  return kept === "" ? undefined : plain(`${by.prefix}/${kept}`);
}

/** A hard link becomes a file of its own: the same release then comes from archives that have links and that have none. */
function nodeOf(
  entry: Entry,
  path: string,
  within: { readonly tar: string; readonly files: ReadonlyMap<string, Entry> },
): Node {
  const file = entry.type === "hardlink" ? within.files.get(plain(entry.target)) : entry;
  const { size = 0, offset = 0, mode = 0 } = file ?? {};
  const type = entry.type === "folder" || entry.type === "link" ? entry.type : "file";
  return {
    path,
    type,
    executable: (mode & 0o100) !== 0,
    size,
    target: type === "link" ? entry.target : "",
    content: () => (size === 0 ? nothing() : createReadStream(within.tar, { start: offset, end: offset + size - 1 })),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
