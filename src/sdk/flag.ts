import type { Definitions } from "./definitions.ts";
import { type Context, evaluate } from "./evaluate.ts";

/**
 * A `flag` over definitions that may change: the flag's value for the context. `fallback` is the answer where there is no such
 * flag, where it is disabled or leaves it to the code, where its rule fails, and where its value is of another type. Never throws.
 */
export function flagOf(definitions: () => Definitions) {
  function flag(key: string, fallback: boolean, context?: Context): boolean;
  function flag(key: string, fallback: string, context?: Context): string;
  function flag(key: string, fallback: number, context?: Context): number;
  function flag<T extends object>(key: string, fallback: T, context?: Context): T;
  function flag(key: string, fallback: unknown, context?: Context): unknown {
    const definition = definitions().get(key);
    if (definition === undefined) return fallback;
    const { value } = evaluate(definition, context);
    return value !== null && typeof value === typeof fallback ? value : fallback;
  }
  return flag;
}
