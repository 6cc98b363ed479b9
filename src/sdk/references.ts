import { isRecord } from "./json.ts";

/**
 * The parts that one rule may have, with each reference counted as all that it stands for: more are a mistake or meant to harm,
 * and would hold up the application at every evaluation.
 */
const most = 1_000_000;

type Resolved = { readonly raw: unknown; readonly parts: number };

type Resolving = {
  readonly evaluators: Readonly<Record<string, unknown>>;
  readonly known: Map<string, Resolved>;
  /** The evaluators that are being resolved, outermost first. */
  readonly within: Set<string>;
  parts: number;
};

/**
 * Rules by name → a function that replaces every `{"$ref": name}` in a rule by what it names. Each evaluator is resolved once and
 * stands as one object wherever it is named, since copies would double with every step of a chain that names each twice. Throws
 * for a name that is none, for one that leads to itself, and for a rule of more than a million parts.
 * Source: flagd.dev, flag definitions, shared evaluators.
 */
export function referring(evaluators: Readonly<Record<string, unknown>>): (raw: unknown) => unknown {
  const known = new Map<string, Resolved>();
  return (raw) => resolved(raw, { evaluators, known, within: new Set(), parts: 0 });
}

function resolved(raw: unknown, state: Resolving): unknown {
  count(1, state);
  if (Array.isArray(raw)) return raw.map((part) => resolved(part, state));
  if (!isRecord(raw)) return raw;
  const name = raw["$ref"];
  if (typeof name === "string") return named(name, state);
  return Object.fromEntries(Object.entries(raw).map(([key, part]) => [key, resolved(part, state)]));
}

function named(name: string, state: Resolving): unknown {
  const before = state.known.get(name);
  if (before === undefined) return first(name, state);
  count(before.parts, state);
  return before.raw;
}

function first(name: string, state: Resolving): unknown {
  const { evaluators, known, within } = state;
  if (within.has(name)) throw new Error(`the evaluator ${name} refers to itself`);
  if (!Object.hasOwn(evaluators, name)) throw new Error(`there is no evaluator ${name}`);
  const before = state.parts;
  within.add(name);
  const raw = resolved(evaluators[name], state);
  within.delete(name);
  known.set(name, { raw, parts: state.parts - before });
  return raw;
}

function count(parts: number, state: Resolving): void {
  state.parts += parts;
  if (state.parts > most) throw new Error(`the rule has more than ${most} parts`);
}
