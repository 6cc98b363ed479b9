/** One thing in an archive, as the archive names it; `offset` is where its bytes start in the uncompressed tar. */
export type Entry = {
  readonly path: string;
  readonly type: "file" | "folder" | "link" | "hardlink" | "other";
  /** The character of the tar format, for what is none of the known types. */
  readonly flag: string;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  readonly offset: number;
};

/** What a release may be at most; a bomb is stopped when it passes one of them, not when it is unpacked. */
export const limits = {
  entries: 200_000,
  /** Bytes of all files. */
  unpacked: 4 * 1024 ** 3,
  /** Unpacked bytes for each packed one; looked at from `ratioFrom` unpacked bytes on, since small trees compress well. */
  ratio: 200,
  ratioFrom: 64 * 1024 ** 2,
  /** Bytes of a path: what Linux takes. */
  path: 4095,
} as const;

/** The path without what means nothing (`./a//b/` → `a/b`); the root is the empty path. */
export function plain(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** A text of an archive in one line, in quotes, with nothing in it that a terminal or a CI log obeys. */
export function quoted(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return JSON.stringify(short).replace(/[^\x20-\x7e…]/gu, hex);
}

function hex(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
