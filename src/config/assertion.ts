import { type Condition, metricsOf, type Scope, type Term } from "../core/expression.ts";
import { hintOf } from "./assertion-hint.ts";
import { type CelNode, parseCel } from "./cel.ts";
import { nearest } from "./nearest.ts";

/** What is wrong with an assertion; `start` and `end` are characters of its text. */
type Complaint = {
  readonly type: "complaint";
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** What was expected there. */
  readonly hint?: string;
  /** The known word that was probably meant. */
  readonly nearest?: string;
};

export type Compiled = { readonly type: "ok"; readonly condition: Condition } | Complaint;

const longestText = 1000;

/**
 * Compiles an assertion in CEL (https://github.com/google/cel-spec) to core's conditions. Of CEL there are numbers,
 * metrics, + - * /, comparisons, && || ! and min, max, abs; all numbers are doubles, so 1/2 is a half. `known` are the
 * metrics that the component has. A bare `healthy` is a condition of its own.
 */
export function compileAssertion(text: string, known: readonly string[]): Compiled {
  try {
    if (text.length > longestText) throw new Wrong({ start: longestText, end: text.length }, tooLong);
    const condition = conditionOf(parse(text), { known });
    if (metricsOf(condition).length > 0) return { type: "ok", condition };
    throw new Wrong({ start: 0, end: text.length }, "this is the same whatever the service does: it names no metric");
  } catch (error) {
    if (error instanceof Wrong) return error.complaint;
    throw error;
  }
}

const tooLong = `an assertion has at most ${longestText} characters`;

type Range = { readonly start: number; readonly end: number };

/** Ends the walk from any depth; never leaves this file. */
class Wrong extends Error {
  readonly complaint: Complaint;

  constructor({ start, end }: Range, message: string, hint?: string, near?: string) {
    super(message);
    const more = { ...(hint === undefined ? {} : { hint }), ...(near === undefined ? {} : { nearest: near }) };
    this.complaint = { type: "complaint", message, start, end, ...more };
  }
}

function parse(text: string): CelNode {
  const parsed = parseCel(text);
  if (parsed.type === "ok") return parsed.node;
  const { start, end } = parsed;
  if (parsed.limit) throw new Wrong({ start, end }, "this is too large or too deep for an assertion");
  const hint = hintOf(text, start);
  if (hint !== undefined) throw new Wrong(hint, hint.message, hint.hint);
  throw new Wrong({ start, end }, start >= text.length ? "this stops in the middle" : "this cannot be read here");
}

type Words = { readonly known: readonly string[] };

function conditionOf(node: CelNode, words: Words): Condition {
  switch (node.op) {
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=":
      return { type: "compare", op: node.op, left: termOf(node.args[0], words), right: termOf(node.args[1], words) };
    case "&&":
    case "||":
      return {
        type: node.op === "&&" ? "and" : "or",
        left: conditionOf(node.args[0], words),
        right: conditionOf(node.args[1], words),
      };
    case "!_":
      return { type: "not", of: conditionOf(node.args, words) };
    default:
      return bare(node, termOf(node, words));
  }
}

/** `each.healthy` alone says that it is 1; any other number has to be compared with something. */
function bare(node: CelNode, term: Term): Condition {
  if (term.type === "metric" && term.name === "healthy") {
    return { type: "compare", op: "==", left: term, right: { type: "number", value: 1 } };
  }
  throw new Wrong(node.range, "this is a number, and a condition is needed", "a comparison, as in p99_latency < 50");
}

function termOf(node: CelNode, words: Words): Term {
  switch (node.op) {
    case "value":
      return { type: "number", value: numberOf(node) };
    case "id":
      return metricOf(node.range, "changed", node.args, words);
    case ".":
      return prefixed(node, words);
    case "-_":
      return { type: "negate", of: termOf(node.args, words) };
    case "+":
    case "-":
    case "*":
    case "/":
      return { type: "arithmetic", op: node.op, left: termOf(node.args[0], words), right: termOf(node.args[1], words) };
    case "call":
      return call(node, words);
    default:
      throw refused(node);
  }
}

function numberOf({ args, range }: Extract<CelNode, { readonly op: "value" }>): number {
  if (typeof args === "number" || typeof args === "bigint") return Number(args);
  if (typeof args === "boolean") throw new Wrong(range, "metrics are numbers", healthHint);
  const number = typeof args === "string" && args.trim() !== "" && Number.isFinite(Number(args));
  throw new Wrong(
    range,
    "only numbers and metrics can stand here",
    number ? `${args.trim()}, without quotes` : undefined,
  );
}

const healthHint = "a number to compare with; or each.healthy alone, or !each.healthy";

/** `baseline.cpu`, and of the probe, whose metrics have a dot in their names: `probe.p99`, `baseline.probe.p99`. */
function prefixed(node: Extract<CelNode, { readonly op: "." }>, words: Words): Term {
  const [before, name] = node.args;
  if (before.op === ".") {
    const [outer, family] = before.args;
    if (family !== probed) throw new Wrong(node.range, "a metric has one prefix at most", prefixHint);
    return metricOf(node.range, scopeOf(outer), `${family}.${name}`, words);
  }
  if (before.op === "id" && before.args === probed) return metricOf(node.range, "changed", `${probed}.${name}`, words);
  return metricOf(node.range, scopeOf(before), name, words);
}

const probed = "probe";

function scopeOf(node: CelNode): Scope {
  if (node.op !== "id") throw new Wrong(node.range, "a metric has one prefix at most", prefixHint);
  const scope = scopes.find((one) => one === node.args);
  if (scope !== undefined) return scope;
  throw new Wrong(node.range, `${node.args} is no prefix`, prefixHint, nearest(node.args, scopes));
}

const scopes = ["each", "baseline", "fleet"] as const;
const prefixHint = "each. (every changed host alone), baseline. (hosts not changed yet) or fleet. (all)";

function metricOf(range: Range, scope: Scope, name: string, { known }: Words): Term {
  if (known.includes(name)) return { type: "metric", scope, name };
  if (name.startsWith(`${probed}.`) && !known.some((one) => one.startsWith(`${probed}.`)))
    throw new Wrong(range, `${name} is not measured: the component has no probe`, "probe: { url: … } in the component");
  throw new Wrong(range, `${name} is not a metric of this component`, known.join(", "), nearest(name, known));
}

function call(node: Extract<CelNode, { readonly op: "call" }>, words: Words): Term {
  const [called, given] = node.args;
  const name = calls.find((one) => one === called);
  if (name === undefined) throw new Wrong(node.range, `${called} cannot be called in an assertion`, callHint);
  const most = name === "abs" ? 1 : given.length;
  if (given.length === 0 || given.length > most) {
    throw new Wrong(node.range, `${name} takes ${name === "abs" ? "one number" : "one number or more"}`);
  }
  return { type: "call", name, arguments: given.map((argument) => termOf(argument, words)) };
}

const calls = ["min", "max", "abs"] as const;
const callHint = "min, max or abs";

function refused(node: CelNode): Wrong {
  if (node.op === "%") return new Wrong(node.range, "% is not an operator here", "0.01 for 1%");
  if (node.op === "rcall") return new Wrong(node.range, `${node.args[0]} cannot be called in an assertion`, callHint);
  if (conditions.has(node.op)) {
    return new Wrong(node.range, "this is a condition, and a number is needed", "1 < x && x < 5 for 1 < x < 5");
  }
  return new Wrong(
    node.range,
    "this part of CEL is not used in assertions",
    "+ - * /, comparisons, && || !, or min, max, abs",
  );
}

const conditions: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!=", "&&", "||", "!_"]);
