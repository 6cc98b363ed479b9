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
  const nodes = entries.flatMap((entry) => {
    const path = moved(entry, tar);
    return path === undefined ? [] : [nodeOf(entry, path, { tar: tar.path, files })];
  });
  return [...nodes, ...unsaidFolders(nodes)];
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

/** Some archives hold files only: the folders that they need are made, so that a folder on disk gives the same release. */
function unsaidFolders(nodes: readonly Node[]): readonly Node[] {
  const said = new Set(nodes.map(({ path }) => path));
  const needed = new Set(nodes.flatMap(({ path }) => above(path)));
  return [...needed].filter((path) => !said.has(path)).map(folderAt);
}

function above(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function folderAt(path: string): Node {
  return { path, type: "folder", executable: true, size: 0, target: "", content: nothing };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
