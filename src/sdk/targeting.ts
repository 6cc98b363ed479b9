import { arithmetic } from "./arithmetic.ts";
import { comparison } from "./comparison.ts";
import { fractional } from "./fractional.ts";
import { isRecord } from "./json.ts";
import { lists } from "./lists.ts";
import { logic } from "./logic.ts";
import { lookup } from "./lookup.ts";
import type { Compiler, Operator, Rule } from "./rule.ts";
import { semVer } from "./sem-ver.ts";
import { text } from "./text.ts";

const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({ ...logic, ...comparison, ...arithmetic, ...text, ...lists, ...lookup, sem_ver: semVer, fractional }),
);

/** What the targeting of one flag is compiled with. */
export type Surroundings = {
  readonly key: string;
  /** Now, in whole seconds since 1970. */
  readonly seconds: () => number;
  /** Rules that `$ref` names. */
  readonly evaluators: Readonly<Record<string, unknown>>;
};

/**
 * A flag's targeting (JsonLogic and flagd's own operators), compiled once into closures, or what is wrong with it; then only
 * that flag is wrong.
 * Source: flagd.dev, flag definitions; jsonlogic.com, operations.
 */
export function compileTargeting(raw: unknown, { key, seconds, evaluators }: Surroundings): Rule | string {
  const compiler: Compiler = { key, seconds, compile: (part) => compiled(part, compiler) };
  try {
    return compiler.compile(resolved(raw, evaluators, []));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The rule with every `{"$ref": name}` replaced by what it names. */
function resolved(raw: unknown, evaluators: Surroundings["evaluators"], within: readonly string[]): unknown {
  if (Array.isArray(raw)) return raw.map((part) => resolved(part, evaluators, within));
  if (!isRecord(raw)) return raw;
  const name = raw["$ref"];
  if (typeof name !== "string")
    return Object.fromEntries(Object.entries(raw).map(([key, part]) => [key, resolved(part, evaluators, within)]));
  if (within.includes(name)) throw new Error(`the evaluator ${name} refers to itself`);
  if (!Object.hasOwn(evaluators, name)) throw new Error(`there is no evaluator ${name}`);
  return resolved(evaluators[name], evaluators, [...within, name]);
}

function compiled(raw: unknown, compiler: Compiler): Rule {
  if (Array.isArray(raw)) return list(raw.map(compiler.compile));
  if (!isRecord(raw)) return () => raw;
  const [name, ...more] = Object.keys(raw);
  if (name === undefined) return () => raw;
  const operator = operators.get(name);
  if (operator === undefined) throw new Error(`there is no operator ${name}`);
  if (more.length > 0) throw new Error(`${name} stands beside ${more.join(", ")}`);
  const args = raw[name];
  return operator(Array.isArray(args) ? args : [args], compiler);
}

function list(parts: readonly Rule[]): Rule {
  return (data) => parts.map((part) => part(data));
}
