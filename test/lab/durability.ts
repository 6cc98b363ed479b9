import { basename, dirname } from "node:path";

/** Renames that may be lost with the power, as nothing that must be known stands on them. */
const mayBeLost = /\/\.ship\/(jobs\/|watch-|order$|pages\/|beat|word|closed|fleet)/;

/**
 * rename(2) is atomic, and durable only between two syncs: of what is renamed, before, and of the folder that it came into,
 * after. Each rename among these calls that is not, in words; a link has no bytes of its own to be synced.
 */
export function unsafeRenames(calls: readonly string[]): readonly string[] {
  return calls.flatMap((call, at) => {
    const [, from = "", to = ""] = /^mv -\w+ (\S+) (\S+)$/.exec(call) ?? [];
    if (to === "" || mayBeLost.test(to)) return [];
    const before = calls.slice(0, at);
    const after = calls.slice(at + 1, at + 1 + untilSeen(calls.slice(at + 1)));
    const written = basename(to) === "current" || before.some((one) => coversBytes(one, from));
    const kept = after.includes(`sync ${dirname(to)}`);
    return [
      ...(written ? [] : [`not synced before: ${call}`]),
      ...(kept ? [] : [`its folder not synced after: ${call}`]),
    ];
  });
}

function coversBytes(call: string, file: string): boolean {
  if (call === `sync ${file}`) return true;
  const [, tree = ""] = /^sync -f (\S+)$/.exec(call) ?? [];
  return tree !== "" && dirname(tree) === dirname(file);
}

/** A new record, and a manifest, say that what was done before is done: until then its folder has to be synced. */
function untilSeen(calls: readonly string[]): number {
  const at = calls.findIndex((call) => /^mv .*(\/record|\.json)$/.test(call));
  return at < 0 ? calls.length : at;
}
