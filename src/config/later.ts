import type { Finding, Path } from "./document.ts";
import { valueAt } from "./issue.ts";

type Later = {
  /** `*` stands for any key or index. */
  readonly path: readonly string[];
  /** What to do, after it was said that it is not built. */
  readonly instead: string;
  /** Only these values are not built; left out: any. */
  readonly is?: (value: unknown) => boolean;
};

/** Keys that have their place in the config already, so that it need not be broken later, and do nothing yet. */
export const later: readonly Later[] = [
  { path: ["notify"], instead: "remove it, or read the outcome from the exit code and --json" },
  { path: ["brokers"], instead: "remove it, or read the events from --json" },
  { path: ["team"], instead: "remove it" },
];

/** One complaint for each use of such a key. */
export function notBuilt(value: unknown): readonly Finding[] {
  return later.flatMap((entry) =>
    places(value, entry.path)
      .filter((path) => entry.is?.(valueAt(value, path)) ?? true)
      .map((path) => complain(entry, path)),
  );
}

function complain(entry: Later, path: Path): Finding {
  return { path, at: "key", message: `"${String(path.at(-1))}" is not built yet; ${entry.instead}` };
}

/** The paths in `value` that match the pattern and exist. */
function places(value: unknown, pattern: readonly string[], path: Path = []): readonly Path[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [path];
  if (typeof value !== "object" || value === null) return [];
  const steps: PropertyKey[] = step !== "*" ? [step] : Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps
    .filter((key) => valueAt(value, [key]) !== undefined)
    .flatMap((key) => places(valueAt(value, [key]), rest, [...path, key]));
}
