/**
 * Patterns of label matchers, matched in time linear in the value. JavaScript's own engine backtracks and can be made to
 * run for hours; here all alternatives are followed at once, as in RE2 (Thompson 1968; Cox, "Regular Expression Matching
 * Can Be Simple And Fast"). Groups, `|`, `* + ?`, `{n,m}`, classes and single-character escapes; no look-around and no
 * back-references. Always anchored at both ends, as in Prometheus.
 */
export type Pattern = readonly Step[];

type Step =
  | { readonly type: "test"; readonly test: RegExp; readonly next: number }
  | { readonly type: "split"; readonly next: readonly number[] }
  | { readonly type: "match" };

type Node =
  | { readonly type: "test"; readonly test: RegExp }
  | { readonly type: "sequence" | "choice"; readonly of: readonly Node[] }
  | { readonly type: "repeat"; readonly of: Node; readonly least: number; readonly most: number };

const longestText = 200;
const mostSteps = 2000;
const mostCopies = 100;

/** The pattern, or a message that says why the text is none. */
export function parsePattern(text: string): Pattern | string {
  if (text.length > longestText) return `a pattern has at most ${longestText} characters`;
  const reader = { text, at: 0 };
  const node = choice(reader);
  if (typeof node === "string") return node;
  if (reader.at < text.length) return `")" without "(" in the pattern ${text}`;
  if (size(node) > mostSteps) return `the pattern ${text} is too large`;
  const steps: Step[] = [{ type: "match" }];
  const start = compile(node, 0, steps);
  return [...steps, { type: "split", next: [start] }];
}

/** Does the whole value fit? */
export function fits(pattern: Pattern, value: string): boolean {
  let now = reach(pattern, [pattern.length - 1]);
  for (const character of value) {
    now = reach(pattern, advance(pattern, now, character));
    if (now.size === 0) return false;
  }
  return now.has(0);
}

function advance(pattern: Pattern, now: ReadonlySet<number>, character: string): readonly number[] {
  const next: number[] = [];
  for (const at of now) {
    const step = pattern[at];
    if (step?.type === "test" && step.test.test(character)) next.push(step.next);
  }
  return next;
}

function reach(pattern: Pattern, from: readonly number[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const step = pattern[at];
    if (step?.type === "split") open.push(...step.next);
  }
  return seen;
}

/** Adds the node's steps, which go on at `next`; answers where they start. */
function compile(node: Node, next: number, steps: Step[]): number {
  switch (node.type) {
    case "test":
      return steps.push({ type: "test", test: node.test, next }) - 1;
    case "sequence":
      return node.of.reduceRight((after, part) => compile(part, after, steps), next);
    case "choice":
      return steps.push({ type: "split", next: node.of.map((part) => compile(part, next, steps)) }) - 1;
    case "repeat":
      return repeat(node, next, steps);
  }
}

function repeat(node: Extract<Node, { type: "repeat" }>, next: number, steps: Step[]): number {
  let start = next;
  if (node.most === Number.POSITIVE_INFINITY) {
    const loop = steps.push({ type: "split", next: [] }) - 1;
    steps[loop] = { type: "split", next: [compile(node.of, loop, steps), next] };
    start = loop;
  } else {
    for (let copy = node.least; copy < node.most; copy += 1) {
      start = steps.push({ type: "split", next: [compile(node.of, start, steps), next] }) - 1;
    }
  }
  for (let copy = 0; copy < node.least; copy += 1) start = compile(node.of, start, steps);
  return start;
}

function size(node: Node): number {
  if (node.type === "test") return 1;
  if (node.type === "repeat") {
    const copies = node.most === Number.POSITIVE_INFINITY ? node.least + 1 : node.most;
    return 1 + copies * (1 + size(node.of));
  }
  return node.of.reduce((sum, part) => sum + size(part), 1);
}

type Reader = { readonly text: string; at: number };

function choice(reader: Reader): Node | string {
  const of: Node[] = [];
  do {
    const part = sequence(reader);
    if (typeof part === "string") return part;
    of.push(part);
  } while (eat(reader, "|"));
  return { type: "choice", of };
}

function sequence(reader: Reader): Node | string {
  const of: Node[] = [];
  while (reader.at < reader.text.length && !/[|)]/.test(reader.text.charAt(reader.at))) {
    const node = atom(reader);
    const repeated = typeof node === "string" ? node : quantified(reader, node);
    if (typeof repeated === "string") return repeated;
    of.push(repeated);
  }
  return { type: "sequence", of };
}

function atom(reader: Reader): Node | string {
  if (eat(reader, "(?:") || (!reader.text.startsWith("(?", reader.at) && eat(reader, "("))) {
    const node = choice(reader);
    return typeof node === "string" || eat(reader, ")") ? node : `")" is missing in the pattern ${reader.text}`;
  }
  const single = /^(?:\[\^?(?:\\.|[^\\\]])+\]|\\[dDwWsSnrt]|\\[^A-Za-z0-9]|[^()[\\*+?{|])/su;
  const found = single.exec(reader.text.slice(reader.at))?.[0];
  const test = found === undefined ? undefined : tester(found);
  if (found === undefined || test === undefined) {
    return `the pattern ${reader.text} has something at character ${reader.at + 1} that is not supported`;
  }
  reader.at += found.length;
  return { type: "test", test };
}

/** One character's test is safe to leave to JavaScript's engine: there is nothing to go back to. */
function tester(text: string): RegExp | undefined {
  const literal = /^\\?([^A-Za-z0-9[\\.]|(?<!\\)[A-Za-z0-9]|(?<=\\)[[\\.])$/su.exec(text)?.[1];
  try {
    return new RegExp(`^${literal === undefined ? text : `\\u{${literal.codePointAt(0)?.toString(16)}}`}$`, "su");
  } catch {
    return undefined;
  }
}

function quantified(reader: Reader, of: Node): Node | string {
  const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(reader.text.slice(reader.at));
  if (found === null) return of;
  reader.at += found[0].length;
  const counts = range(found);
  if (Math.max(counts.least, counts.most === Number.POSITIVE_INFINITY ? 0 : counts.most) > mostCopies) {
    return `the pattern ${reader.text} repeats more than ${mostCopies} times`;
  }
  if (counts.least > counts.most) return `the pattern ${reader.text} has a range upside down`;
  return { type: "repeat", of, ...counts };
}

function range(found: RegExpExecArray): { readonly least: number; readonly most: number } {
  const [text, least = "0", comma, most] = found;
  if (text === "*") return { least: 0, most: Number.POSITIVE_INFINITY };
  if (text === "+") return { least: 1, most: Number.POSITIVE_INFINITY };
  if (text === "?") return { least: 0, most: 1 };
  if (comma === "") return { least: Number(least), most: Number(least) };
  return { least: Number(least), most: most === "" || most === undefined ? Number.POSITIVE_INFINITY : Number(most) };
}

function eat(reader: Reader, token: string): boolean {
  if (!reader.text.startsWith(token, reader.at)) return false;
  reader.at += token.length;
  return true;
}
