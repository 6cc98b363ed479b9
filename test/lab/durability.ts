import { basename, dirname, join } from "node:path";

/** Renames that may be lost with the power, as nothing that must be known stands on them. */
const mayBeLost = /\/\.ship\/(jobs\/|watch-|order$|pages\/|beat|word|closed|fleet)/;

/**
 * rename(2) is atomic, and durable only between two syncs: of what is renamed, before, and of the folder that it came into,
 * after. Each rename among these calls that is not, in words; a link has no bytes of its own to be synced.
 */
export function unsafeRenames(calls: readonly string[]): readonly string[] {
  return calls.flatMap((call, at) => {
    const renames = renamesOf(call).filter(([, to]) => !mayBeLost.test(to));
    const before = calls.slice(0, at);
    const after = calls.slice(at + 1, at + 1 + untilSeen(calls.slice(at + 1)));
    return renames.flatMap(([from, to]) => {
      const written = basename(to) === "current" || before.some((one) => coversBytes(one, from));
      const kept = after.some((one) => synced(one).includes(dirname(to)));
      return [
        ...(written ? [] : [`not synced before: ${call}`]),
        ...(kept ? [] : [`its folder not synced after: ${call}`]),
      ];
    });
  });
}

/** `mv from to`, or `mv from from folder`, as pairs. */
function renamesOf(call: string): readonly (readonly [string, string])[] {
  const [program, ...words] = call.split(" ");
  const paths = words.filter((word) => !word.startsWith("-"));
  const last = paths.at(-1) ?? "";
  if (program !== "mv" || paths.length < 2) return [];
  return paths.slice(0, -1).map((from) => [from, paths.length === 2 ? last : join(last, basename(from))]);
}

/** Files and folders that this call syncs, each for itself. */
function synced(call: string): readonly string[] {
  const [program, ...words] = call.split(" ");
  return program === "sync" && words[0] !== "-f" ? words : [];
}

function coversBytes(call: string, file: string): boolean {
  if (synced(call).includes(file)) return true;
  const [, tree = ""] = /^sync -f (\S+)$/.exec(call) ?? [];
  return tree !== "" && dirname(tree) === dirname(file);
}

/** A new record, and a manifest, say that what was done before is done: until then its folder has to be synced. */
function untilSeen(calls: readonly string[]): number {
  const at = calls.findIndex((call) => /^mv .*(\/record|\.json)$/.test(call));
  return at < 0 ? calls.length : at;
}
