import { type Audience, anyOf } from "./flag-audience.ts";
import type { Json } from "./json.ts";

/** A flag as the config declares it. */
export type FlagPolicy = {
  readonly name: string;
  /** By whose assertions it is judged, and on whose hosts it is written. */
  readonly components: readonly string[];
  readonly variants: Readonly<Record<string, Json>>;
  /** The variant of everybody whom nothing else was given. */
  readonly default: string;
  readonly owner: string | undefined;
  /** ISO 8601, a date. */
  readonly expires: string | undefined;
};

/** What a flag is to be: a variant for everybody, for a share of all keys, for audiences, or for both. */
export type FlagState = {
  readonly variant: string;
  /** 0 to 100, with up to three decimals. Undefined: everybody, or with audiences nobody else. */
  readonly percent: number | undefined;
  /** Whoever is in any of them has the variant, whatever the share is. */
  readonly for: readonly Audience[];
  /** The field of the context by which shares are split: the same value is always on the same side. */
  readonly key: string;
};

/** By OpenFeature's name of whom a flag is evaluated for; what is split by it needs no more of the application. */
export const usualKey = "targetingKey";

/** One flag in flagd's format; its name stands outside. Source: flagd.dev, flag definitions. */
export type Definition = {
  readonly state: "ENABLED" | "DISABLED";
  readonly variants: Readonly<Record<string, Json>>;
  readonly defaultVariant: string;
  /** Left out where everybody has the default variant. */
  readonly targeting?: Json;
};

/** It becomes a folder, a file and a word in the file's text: nothing that a shell, a path or JSON reads. At most 64 characters. */
export function isFlagName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) && !text.includes("..");
}

/**
 * The state in flagd's words: audiences first, then the share. The variant's part of the share comes first, so that whoever
 * has it keeps it as the share grows, and the last to have got it are the first to lose it. For a state without complaint.
 */
export function definitionOf(policy: FlagPolicy, state: FlagState): Definition {
  const { variants, default: usual } = policy;
  if (reachesAll(state)) return { state: "ENABLED", variants, defaultVariant: state.variant };
  const targeting = targetingOf(policy, state);
  return { state: "ENABLED", variants, defaultVariant: usual, ...(targeting === undefined ? {} : { targeting }) };
}

/** Has everybody the variant? */
export function reachesAll(state: FlagState): boolean {
  return state.percent === 100 || (state.percent === undefined && state.for.length === 0);
}

function targetingOf({ default: usual }: FlagPolicy, state: FlagState): Json | undefined {
  if (state.variant === usual) return undefined;
  const audience = anyOf(state.for);
  const named = audience === undefined ? [] : [audience, state.variant];
  const shared = sharing(usual, state);
  if (named.length + shared.length === 0) return undefined;
  const [only] = shared;
  if (named.length === 0 && only !== undefined && shared.length === 1) return only;
  return { if: [...named, ...(shared.length === 0 ? [usual] : shared)] };
}

/**
 * The last words of an `if`: who gets the variant by the share. Without their own key two flags would pick the same people,
 * so the flag's name is hashed with it, as flagd does by itself for the usual key. Who has no key is in no share.
 */
function sharing(usual: string, { variant, percent, key }: FlagState): readonly Json[] {
  if (percent === undefined || percent === 0) return [];
  const [share, rest] = weightsOf(percent);
  const shares = [
    [variant, share],
    [usual, rest],
  ];
  if (key === usualKey) return [{ fractional: shares }];
  const absent = { or: [null, ""].map((nothing) => ({ "===": [{ var: key }, nothing] })) };
  return [absent, usual, { fractional: [{ cat: [{ var: "$flagd.flagKey" }, { var: key }] }, ...shares] }];
}

/** flagd's weights are whole numbers: 2.5% are 25 beside 975. */
function weightsOf(percent: number): readonly [number, number] {
  const share = Math.round(percent * 1000);
  const unit = [1000, 100, 10].find((size) => share % size === 0) ?? 1;
  return [share / unit, (100_000 - share) / unit];
}
