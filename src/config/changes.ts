import type * as z from "zod";
import type { Declared } from "../changes/declared.ts";
import type { FlagPolicy } from "../core/flag.ts";
import { policyComplaint } from "../core/flag-check.ts";
import type { RatePolicy } from "../core/rate.ts";
import { FilesSpec, FlagSpec, RateSpec } from "./change-schema.ts";
import type { Finding, Path } from "./document.ts";
import { valueAt } from "./issue.ts";
import { nearest } from "./nearest.ts";
import { phrase } from "./phrase.ts";

/** Flags and rates, from what the schema left of them, and what it cannot say: whose they are, and how their parts fit. */
export function readDeclared(
  pruned: unknown,
  components: readonly string[],
): { readonly declared: Declared; readonly findings: readonly Finding[] } {
  const flags = entries(pruned, "flags", FlagSpec);
  const rates = entries(pruned, "rates", RateSpec);
  return {
    declared: {
      flags: new Map(flags.map(([name, spec]) => [name, flagOf(name, spec)])),
      rates: new Map(rates.map(([name, spec]) => [name, rateOf(name, spec)])),
      files: FilesSpec.safeParse(valueAt(pruned, ["files"])).data ?? FilesSpec.parse({}),
    },
    findings: [
      ...flags.flatMap(([name, spec]) => flagFindings(["flags", name], spec, components)),
      ...rates.flatMap(([name, spec]) => rateFindings(["rates", name], spec, components)),
    ],
  };
}

function entries<Spec extends z.ZodType>(value: unknown, key: string, spec: Spec): readonly [string, z.output<Spec>][] {
  return Object.entries(Object(valueAt(value, [key]) ?? {})).flatMap(([name, one]) => {
    const parsed = spec.safeParse(one);
    return parsed.success ? [[name, parsed.data] as [string, z.output<Spec>]] : [];
  });
}

function flagOf(
  name: string,
  { components, variants, default: usual, owner, expires }: z.output<typeof FlagSpec>,
): FlagPolicy {
  return { name, components, variants, default: usual, owner, expires };
}

function rateOf(name: string, { component, default: usual, min, max }: z.output<typeof RateSpec>): RatePolicy {
  return { name, component, default: usual, min: min ?? 0, max: max ?? Number.POSITIVE_INFINITY };
}

function flagFindings(path: Path, spec: z.output<typeof FlagSpec>, components: readonly string[]): readonly Finding[] {
  const variants = Object.keys(spec.variants);
  const known = spec.components.flatMap((name, at) => unknown([...path, "components", at], name, components));
  const complaint = policyComplaint(flagOf(String(path[1]), spec));
  if (complaint === undefined) return known;
  if (variants.includes(spec.default)) return [...known, { path, ...complaint }];
  const message = `there is no variant "${spec.default}"`;
  return [
    ...known,
    { path: [...path, "default"], message, expected: phrase(variants), nearest: nearest(spec.default, variants) },
  ];
}

function rateFindings(path: Path, spec: z.output<typeof RateSpec>, components: readonly string[]): readonly Finding[] {
  const { min = 0, max = Number.POSITIVE_INFINITY } = spec;
  const known = unknown([...path, "component"], spec.component, components);
  if (min < 0) return [...known, { path: [...path, "min"], message: "a rate cannot be below 0" }];
  if (min > max) return [...known, { path: [...path, "max"], message: `it is below min, ${min}` }];
  if (spec.default >= min && spec.default <= max) return known;
  return [...known, { path: [...path, "default"], message: `it is not within ${min} and ${max}` }];
}

function unknown(path: Path, name: string, names: readonly string[]): readonly Finding[] {
  if (names.includes(name)) return [];
  return [{ path, message: `there is no component "${name}"`, expected: phrase(names), nearest: nearest(name, names) }];
}
