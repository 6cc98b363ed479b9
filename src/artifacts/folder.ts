import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { ShipError } from "../core/error.ts";
import { limits, quoted } from "./entry.ts";
import type { Node } from "./pack.ts";

/**
 * Everything in a folder but what is called `.git`, links as links. Throws ShipError `refused` for what no archive should
 * hold (devices, pipes, sockets, setuid files), and for what cannot be read.
 */
export async function nodesOf(folder: string): Promise<readonly Node[]> {
  const nodes: Node[] = [];
  const pending = [""];
  for (let below = pending.pop(); below !== undefined; below = pending.pop()) {
    for (const name of await namesIn(join(folder, below))) {
      const node = await nodeAt(folder, below === "" ? name : `${below}/${name}`);
      if (nodes.push(node) > limits.entries) throw refuse(folder, `has more than ${limits.entries} entries`);
      if (node.type === "folder") pending.push(node.path);
    }
  }
  return nodes;
}

function refuse(folder: string, why: string, cause?: unknown): ShipError {
  return new ShipError("refused", `the folder ${quoted(folder)} ${why}`, { cause });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name !== ".git");
  } catch (error) {
    throw refuse(folder, "cannot be read", error);
  }
}

async function nodeAt(folder: string, path: string): Promise<Node> {
  const file = join(folder, path);
  try {
    const stats = await lstat(file);
    const type = typeOf(stats);
    if (type === undefined) throw refuse(folder, `holds ${quoted(path)}, which is no file, folder or link`);
    // A folder's setgid bit is how teams share folders, and is not packed; a file's is a privilege that the app would miss.
    if (type === "file" && (stats.mode & 0o6000) !== 0)
      throw refuse(folder, `holds ${quoted(path)}, which is setuid or setgid`);
    const target = type === "link" ? await readlink(file) : "";
    // The owner's bit: the others' depend on the umask.
    const executable = (stats.mode & 0o100) !== 0;
    return {
      path,
      type,
      executable,
      size: type === "file" ? stats.size : 0,
      target,
      content: () => createReadStream(file),
    };
  } catch (error) {
    throw error instanceof ShipError ? error : refuse(folder, `holds ${quoted(path)}, which cannot be read`, error);
  }
}

function typeOf(stats: Stats): Node["type"] | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : undefined;
}
