import { closestMatch } from "leven";
import { maxSatisfying, prerelease, rcompare, valid, validRange } from "semver";
import { isVersion } from "../core/release.ts";
import type { Listing } from "./source.ts";

/**
 * Whether the text may name something that only a list can tell: `latest`, `^1.2`, `1.x`, `408`. A whole version does not,
 * and neither does `v408`: it is a name, although semver reads a range in it.
 */
export function needsList(wanted: string): boolean {
  if (wanted === "latest") return true;
  return valid(wanted) === null && !/^v\d+$/.test(wanted) && validRange(wanted) !== null;
}

/**
 * The version that is meant by a name, a tag, `latest` or a semver range; undefined when nothing listed fits. An exact name
 * wins over every other reading. `latest` is the highest semver version that is no prerelease; else the highest prerelease;
 * else, where no name is semver, the highest in natural order (v99 < v408).
 */
export function pick(wanted: string, listing: Listing): string | undefined {
  const versions = listing.versions.filter(isVersion);
  if (versions.includes(wanted)) return wanted;
  const tagged = listing.tags[wanted];
  if (tagged !== undefined && isVersion(tagged)) return tagged;
  if (wanted === "latest") return newest(versions)[0];
  return (
    maxSatisfying(
      versions.filter((version) => valid(version) !== null),
      wanted,
    ) ?? undefined
  );
}

/** The newest first. */
export function newest(versions: readonly string[]): readonly string[] {
  const semantic = versions.filter((version) => valid(version) !== null).sort(rcompare);
  const final = semantic.filter((version) => prerelease(version) === null);
  const early = semantic.filter((version) => prerelease(version) !== null);
  const others = versions.filter((version) => valid(version) === null).sort((a, b) => naturally(b, a));
  return [...final, ...early, ...others];
}

/** The listed name that is nearest to a mistyped one. */
export function nearest(wanted: string, versions: readonly string[]): string | undefined {
  return closestMatch(wanted, [...versions], { maxDistance: Math.ceil(wanted.length / 3) });
}

/** Runs of digits by their value, all else by code unit; of equal ones the text decides, so that the order is total. */
function naturally(a: string, b: string): number {
  const [left, right] = [chunks(a), chunks(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = chunkOrder(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return a < b ? -1 : Number(a > b);
}

function chunks(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function chunkOrder(a: string, b: string): number {
  if (/^\d/.test(a) && /^\d/.test(b)) {
    const [left, right] = [BigInt(a), BigInt(b)];
    return left < right ? -1 : Number(left > right);
  }
  return a < b ? -1 : Number(a > b);
}
