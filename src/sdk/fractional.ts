import { ownOf } from "./json.ts";
import { murmur3 } from "./murmur.ts";
import type { Compiler, Rule } from "./rule.ts";

type Share = { readonly variant: Rule; readonly weight: Rule };

const heaviest = 2 ** 31 - 1;

/**
 * flagd's fractional: a hash of a stable key falls into one of several shares, in their order. As long as the sum of the
 * weights stays the same, whoever is in the first share keeps it while that share grows.
 * Anything that does not add up is no answer (null), and the default variant holds.
 * Source: flagd, high-precision fractional bucketing: (murmur3(key) × sum of weights) >> 32.
 */
export function fractional(args: readonly unknown[], compiler: Compiler): Rule {
  const short = Array.isArray(args[0]);
  const keyed = short ? target : compiler.compile(args[0]);
  const raw = short ? args : args.slice(1);
  const shares = raw.map((one) => shareOf(one, compiler));
  const endsOf = ending(raw, shares);
  return (data) => {
    const key = keyed(data);
    if (typeof key !== "string") return null;
    const index = chosen(murmur3(short ? compiler.key : "", key), endsOf(data));
    return shares[index]?.variant(data) ?? null;
  };
}

/** Without a key of its own a flag splits by its name and the targeting key, so that two flags do not pick the same people. */
function target(data: unknown): unknown {
  const key = ownOf(data, "targetingKey");
  return typeof key === "number" || (typeof key === "string" && key !== "") ? String(key) : null;
}

function shareOf(raw: unknown, { compile }: Compiler): Share | undefined {
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > 2) return undefined;
  return { variant: compile(raw[0]), weight: raw.length === 1 ? () => 1 : compile(raw[1]) };
}

/**
 * Where each share ends, the last one's end being the sum of the weights. Weights that stand in the file, as nearly all do, are read
 * once and not at each call.
 */
function ending(raw: readonly unknown[], shares: readonly (Share | undefined)[]): (data: unknown) => readonly number[] {
  const ends = (data: unknown) => {
    let end = 0;
    return shares.map((share) => {
      end += weightOf(share?.weight(data));
      return end;
    });
  };
  if (raw.some((one) => Array.isArray(one) && typeof one[1] === "object")) return ends;
  const fixed = ends(undefined);
  return () => fixed;
}

/** The first share that ends behind the hash's place among all, or -1. A loop and no callback: this is all that most calls do. */
function chosen(hash: number, ends: readonly number[]): number {
  const sum = ends[ends.length - 1] ?? 0;
  if (!(sum <= heaviest)) return -1;
  const place = scaled(hash, sum);
  for (let index = 0; index < ends.length; index++) if ((ends[index] ?? 0) > place) return index;
  return -1;
}

/** A weight below zero is zero, as sums on weights may give one; a weight that is no whole number spoils them all. */
function weightOf(weight: unknown): number {
  return typeof weight === "number" && Number.isInteger(weight) ? Math.max(0, weight) : Number.NaN;
}

/** (hash × sum) >> 32 without 64-bit integers: both halves of the product stay below 2^48, so that each is exact. */
function scaled(hash: number, sum: number): number {
  const low = Math.floor(((hash & 0xffff) * sum) / 0x10000);
  return Math.floor(((hash >>> 16) * sum + low) / 0x10000);
}
