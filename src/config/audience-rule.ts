import type { Json } from "../core/json.ts";
import { type CelNode, parseCel } from "./cel.ts";

/** `start` is a character of the text, from 0 on. */
type Complaint = {
  readonly type: "complaint";
  readonly message: string;
  readonly start: number;
  readonly expected: string;
};

const longestText = 1000;

/**
 * Compiles a condition on fields of the context from a part of CEL (comparisons, in, startsWith, endsWith, && || !) to
 * JsonLogic with flagd's operators. It holds for those of whom it is known to be true: who lacks a field is neither below 18
 * nor not below it, so that nobody gets a flag for want of a field. Types are not mixed: "17" is not 17.
 */
export function compileAudience(text: string): { readonly type: "ok"; readonly rule: Json } | Complaint {
  try {
    if (text.length > longestText) throw new Wrong(longestText, `a condition has at most ${longestText} characters`);
    const node = parse(text);
    if (node.op === "id" || node.op === ".") throw new Wrong(0, "this names a field and none of its values", bareHint);
    return { type: "ok", rule: ruleOf(node, true) };
  } catch (error) {
    if (error instanceof Wrong) return error.complaint;
    throw error;
  }
}

const usual = 'app=shop-17, or a condition such as plan == "pro"';
const bareHint = 'app=shop-17, or with a comparison: beta == true, plan == "pro"';

/** Ends the walk from any depth; never leaves this file. */
class Wrong extends Error {
  readonly complaint: Complaint;

  constructor(start: number, message: string, expected = usual) {
    super(message);
    this.complaint = { type: "complaint", message, start, expected };
  }
}

function parse(text: string): CelNode {
  const parsed = parseCel(text);
  if (parsed.type === "ok") return parsed.node;
  if (parsed.limit) throw new Wrong(parsed.start, "this is too large or too deep for a condition");
  const bare = text.replace(/"[^"]*"|'[^']*'/g, (quoted) => " ".repeat(quoted.length));
  for (const [form, expected] of mistakes) {
    const found = form.exec(bare);
    if (found !== null) throw new Wrong(found.index, `${found[0]} is no operator here`, expected);
  }
  throw new Wrong(parsed.start, parsed.start >= text.length ? "this stops in the middle" : "this cannot be read here");
}

const mistakes = [
  [/\band\b/i, "&&"],
  [/\bor\b/i, "||"],
  [/\bnot\b/i, "!"],
  [/<>/, "!="],
  [/(?<![=!<>])=(?!=)/, "==, or values without spaces, as in app=shop-17"],
] as const;

/** The rule of those for whom the condition is known to be true, or known to be false. */
function ruleOf(node: CelNode, truth: boolean): Json {
  switch (node.op) {
    case "!_":
      return ruleOf(node.args, !truth);
    case "&&":
    case "||":
      return joined(node, truth);
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compared(node, truth);
    case "in":
      return listed(node, truth);
    case "rcall":
      return called(node, truth);
    case "id":
    case ".":
      return { "===": [{ var: fieldOf(node) }, truth] };
    default:
      throw new Wrong(node.range.start, "this is no condition on a field");
  }
}

type Of<Op extends CelNode["op"]> = Extract<CelNode, { readonly op: Op }>;

function joined(node: Of<"&&" | "||">, truth: boolean): Json {
  const rules = operands(node, node.op).map((one) => ruleOf(one, truth));
  return (node.op === "&&") === truth ? { and: rules } : { or: rules };
}

function operands(node: CelNode, op: "&&" | "||"): readonly CelNode[] {
  if (node.op !== "&&" && node.op !== "||") return [node];
  return node.op === op ? node.args.flatMap((one) => operands(one, op)) : [node];
}

type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

const opposite = { "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<" } as const;

function compared({ op, args, range }: Of<Comparison>, truth: boolean): Json {
  const [left, right] = [operandOf(args[0]), operandOf(args[1])];
  const fields = [left, right].flatMap(({ field }) => field ?? []);
  if (fields.length === 0) throw new Wrong(range.start, "this is the same for everybody: it names no field");
  const sides = [left.value, right.value];
  const asked = truth ? op : opposite[op];
  if (asked === "==") return fields.length === 1 ? { "===": sides } : known(fields, { "===": sides });
  if (asked === "!=") return known(fields, { "!==": sides });
  const boolean = args.find((_, at) => typeof sides[at] === "boolean");
  if (boolean !== undefined) throw new Wrong(boolean.range.start, "true and false have no order", "== or !=");
  return known(fields, { [asked]: sides });
}

/**
 * JsonLogic takes what is missing or empty for 0, and for different from all; here it meets no condition. Said without
 * `missing`, since evaluators differ in whether its empty list is true.
 */
function known(fields: readonly string[], rule: Json): Json {
  const present = fields.flatMap((field) => [null, ""].map((nothing) => ({ "!==": [{ var: field }, nothing] })));
  return { and: [...present, rule] };
}

function listed({ args: [item, list] }: Of<"in">, truth: boolean): Json {
  const field = fieldOf(item);
  if (list.op !== "list" || list.args.length === 0) throw new Wrong(list.range.start, notListed, '["one", "two"]');
  return either(field, { in: [{ var: field }, list.args.map(literalOf)] }, truth);
}

const notListed = "in needs a list of values";

function either(field: string, rule: Json, truth: boolean): Json {
  return truth ? rule : known([field], { "!": rule });
}

function called({ args: [name, of, given], range }: Of<"rcall">, truth: boolean): Json {
  if (name !== "startsWith" && name !== "endsWith")
    throw new Wrong(range.start, `${name} cannot be called here`, calls);
  const [text, ...more] = given.map(literalOf);
  if (typeof text !== "string" || more.length > 0) throw new Wrong(range.start, `${name} takes one text`, calls);
  const field = fieldOf(of);
  const sides = [{ var: field }, text];
  return either(field, name === "startsWith" ? { starts_with: sides } : { ends_with: sides }, truth);
}

const calls = 'plan.startsWith("pro") or plan.endsWith("-eu")';

type Operand = { readonly field: string | undefined; readonly value: Json };

function operandOf(node: CelNode): Operand {
  if (node.op !== "id" && node.op !== ".") return { field: undefined, value: literalOf(node) };
  const field = fieldOf(node);
  return { field, value: { var: field } };
}

function fieldOf(node: CelNode): string {
  if (node.op === "id") return node.args;
  if (node.op === ".") return `${fieldOf(node.args[0])}.${node.args[1]}`;
  throw new Wrong(node.range.start, "a field of the context is needed here", "plan, or user.plan");
}

function literalOf(node: CelNode): string | number | boolean {
  if (node.op === "-_") return -numberOf(node.args);
  if (node.op === "value" && typeof node.args === "string") return node.args;
  if (node.op === "value" && typeof node.args === "boolean") return node.args;
  return numberOf(node);
}

function numberOf(node: CelNode): number {
  const value = node.op === "value" ? node.args : undefined;
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new Wrong(node.range.start, "only fields, texts, numbers, true and false can stand here");
  }
  const number = Number(value);
  if (typeof value === "number" || Number.isSafeInteger(number)) return number;
  throw new Wrong(node.range.start, "no number is as large as this", "a text, where it is an id");
}
