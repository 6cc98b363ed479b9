import { type ChangeKind, kinds } from "./change-set.ts";

/** `flag:lxc` is a flag; what has no such word before it is a release. */
export function kindOf(change: string): ChangeKind {
  const word = change.slice(0, Math.max(0, change.indexOf(":")));
  return kinds.find((kind) => kind === word) ?? "release";
}
