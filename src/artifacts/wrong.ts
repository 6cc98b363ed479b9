import { type Entry, limits, plain, quoted } from "./entry.ts";

/**
 * What is wrong with the entries of an archive, in words that name the first bad one; undefined when all may be unpacked
 * on a host. Refused is whatever could reach outside the release's folder, or mean different things to different unpackers.
 */
export function wrongIn(entries: readonly Entry[]): string | undefined {
  const tree = new Map<string, Entry>();
  for (const entry of entries) {
    const wrong = wrongAlone(entry) ?? wrongBeside(entry, tree);
    if (wrong !== undefined) return `entry ${quoted(entry.path)} ${wrong}`;
    tree.set(plain(entry.path), entry);
  }
  for (const entry of entries) {
    const wrong = wrongAbove(entry, tree) ?? wrongTarget(entry, tree);
    if (wrong !== undefined) return `entry ${quoted(entry.path)} ${wrong}`;
  }
  return undefined;
}

const kinds: Readonly<Record<string, string>> = {
  "3": "is a character device",
  "4": "is a block device",
  "6": "is a named pipe",
  S: "is a sparse file",
  M: "is part of another archive",
};

function wrongAlone(entry: Entry): string | undefined {
  if (entry.type === "other") return kinds[entry.flag] ?? `is of the unknown type ${quoted(entry.flag)}`;
  if (entry.path.startsWith("/")) return "has an absolute path";
  if (entry.path.split("/").includes("..")) return "has .. in its path";
  if (/\0/.test(entry.path + entry.target)) return "has a zero byte in its name";
  if (Math.max(Buffer.byteLength(entry.path), Buffer.byteLength(entry.target)) > limits.path)
    return "has a name that is too long";
  if ((entry.mode & 0o4000) !== 0) return "is setuid";
  if ((entry.mode & 0o2000) !== 0) return "is setgid";
  if (entry.type !== "file" && entry.size !== 0) return "has bytes where its type has none";
  return plain(entry.path) === "" && entry.type !== "folder" ? "takes the place of the release's folder" : undefined;
}

/** Against what came before it: a hard link names an earlier file, since that is when an unpacker makes it. */
function wrongBeside(entry: Entry, tree: ReadonlyMap<string, Entry>): string | undefined {
  if (tree.has(plain(entry.path))) return "is there twice";
  if (entry.type !== "hardlink") return undefined;
  if (entry.target.startsWith("/") || entry.target.split("/").includes(".."))
    return `is a hard link that leaves the release: ${quoted(entry.target)}`;
  return tree.get(plain(entry.target))?.type === "file"
    ? undefined
    : `is a hard link to what is no earlier file: ${quoted(entry.target)}`;
}

/** Only folders may have something below them: whoever writes through a link writes elsewhere. */
function wrongAbove(entry: Entry, tree: ReadonlyMap<string, Entry>): string | undefined {
  const parts = plain(entry.path).split("/");
  for (let length = 1; length < parts.length; length += 1) {
    const above = tree.get(parts.slice(0, length).join("/"));
    if (above !== undefined && above.type !== "folder") return `lies below ${quoted(above.path)}, which is no folder`;
  }
  return undefined;
}

function wrongTarget(entry: Entry, tree: ReadonlyMap<string, Entry>): string | undefined {
  if (entry.type !== "link") return undefined;
  if (entry.target === "") return "is a link to nowhere";
  switch (follow(entry, tree)) {
    case "inside":
      return undefined;
    case "leaves":
      return `is a link that leaves the release: ${quoted(entry.target)}`;
    case "circle":
      return `is a link that goes round in circles: ${quoted(entry.target)}`;
  }
}

/** Linux gives up after this many links too. */
const mostHops = 40;

/**
 * Walks a link as a kernel would. Counting `..` in the text is not enough: with `a -> .`, the link `b -> a/..` stays
 * inside by its text and leaves in truth.
 */
function follow(link: Entry, tree: ReadonlyMap<string, Entry>): "inside" | "leaves" | "circle" {
  const at = plain(link.path).split("/").slice(0, -1);
  let pending = steps(link.target);
  for (let hops = 0; hops <= mostHops; ) {
    const part = pending.pop();
    if (part === undefined) return "inside";
    if (part === "/") return "leaves";
    if (part === "..") {
      if (at.pop() === undefined) return "leaves";
      continue;
    }
    const next = tree.get([...at, part].join("/"));
    if (next?.type === "link") {
      hops += 1;
      pending = [...pending, ...steps(next.target)];
    } else at.push(part);
  }
  return "circle";
}

/** The parts of a link's target, the first one last; a leading "/" is a part of its own. */
function steps(target: string): string[] {
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  return (target.startsWith("/") ? ["/", ...parts] : parts).reverse();
}
