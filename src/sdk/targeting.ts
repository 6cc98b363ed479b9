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
  /** Puts what each `$ref` names in its place; it throws where that cannot be done. */
  readonly refer: (raw: unknown) => unknown;
};

/**
 * A flag's targeting (JsonLogic and flagd's own operators), compiled once into closures, or what is wrong with it; then only
 * that flag is wrong.
 * Source: flagd.dev, flag definitions; jsonlogic.com, operations.
 */
export function compileTargeting(raw: unknown, { key, seconds, refer }: Surroundings): Rule | string {
  const rules = new Map<unknown, Rule>();
  const compiler: Compiler = { key, seconds, compile: (part) => onceCompiled(part, compiler, rules) };
  try {
    return compiler.compile(refer(raw));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is named in many places is one object, and becomes one rule. */
function onceCompiled(raw: unknown, compiler: Compiler, rules: Map<unknown, Rule>): Rule {
  if (typeof raw !== "object") return () => raw;
  const rule = rules.get(raw) ?? compiled(raw, compiler);
  rules.set(raw, rule);
  return rule;
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
