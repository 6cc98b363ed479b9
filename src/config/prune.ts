import type * as z from "zod";
import type { Path } from "./document.ts";

type Issue = z.core.$ZodIssue;

/**
 * The value without what its schema complains of: unknown keys go alone, anything else with the whole thing that `depth`
 * says, in steps from the top. What is left can be checked further, and is what a recovery goes by. Items of a list
 * become undefined, so that the others keep their place.
 */
export function prune(value: unknown, issues: readonly Issue[], depth: (path: Path) => number): unknown {
  return issues.flatMap((issue) => removals(issue, depth)).reduce(without, value);
}

function removals(issue: Issue, depth: (path: Path) => number): readonly Path[] {
  const nested = issue.code === "invalid_union" ? nestedKeys(issue) : [];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
  return nested.length > 0 ? nested : [issue.path.slice(0, depth(issue.path))];
}

/** A union member that complains of nothing but unknown keys is the one that was meant. */
function nestedKeys(issue: Extract<Issue, { code: "invalid_union" }>): readonly Path[] {
  const meant = issue.errors.find((inner) => inner.every((one) => one.code === "unrecognized_keys"));
  if (meant === undefined) return [];
  return meant.flatMap((one) =>
    one.code === "unrecognized_keys" ? one.keys.map((key) => [...issue.path, ...one.path, key]) : [],
  );
}

function without(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? remainder(item, rest) : item));
  if (rest.length === 0) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== step));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? remainder(item, rest) : item]),
  );
}

function remainder(item: unknown, rest: Path): unknown {
  return rest.length === 0 ? undefined : without(item, rest);
}
