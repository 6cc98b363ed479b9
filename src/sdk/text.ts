import { binary, type Compiler, type Operator, type Rule, strict } from "./rule.ts";

export const text: Readonly<Record<string, Operator>> = {
  cat: strict((...values) => values.map(written).join("")),
  substr: strict(part),
  in: isIn,
  // Anything but two texts is no answer, so that the default variant holds and not a variant called "false".
  starts_with: pairOfTexts((whole, start) => whole.startsWith(start)),
  ends_with: pairOfTexts((whole, end) => whole.endsWith(end)),
};

function written(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

function part(whole: unknown, start: unknown, length: unknown): string {
  const all = written(whole);
  const from = Number(start) < 0 ? Math.max(0, all.length + Number(start)) : Number(start);
  const rest = all.slice(from);
  return length === undefined ? rest : rest.slice(0, Number(length));
}

/** A long list of names is what a flag for a million customers is made of: it is searched as a set. */
function isIn(args: readonly unknown[], compiler: Compiler): Rule {
  const listed = args[1];
  const names = Array.isArray(listed) ? namesOf(listed) : undefined;
  if (names === undefined) return binary(contains)(args, compiler);
  const item = compiler.compile(args[0]);
  return (data) => names.has(item(data));
}

const sets = new WeakMap<readonly unknown[], ReadonlySet<unknown>>();

/** One set for a list that many rules name, or undefined where the list holds more than plain values. */
function namesOf(listed: readonly unknown[]): ReadonlySet<unknown> | undefined {
  const before = sets.get(listed);
  if (before !== undefined) return before;
  if (listed.some((item) => typeof item === "object")) return undefined;
  const names = new Set(listed);
  sets.set(listed, names);
  return names;
}

function contains(item: unknown, whole: unknown): boolean {
  if (typeof whole === "string") return whole.includes(String(item));
  return Array.isArray(whole) && whole.includes(item);
}

function pairOfTexts(answer: (left: string, right: string) => boolean): Operator {
  return strict((left, right, ...more) => {
    if (typeof left !== "string" || typeof right !== "string" || more.length > 0) return null;
    return answer(left, right);
  });
}
