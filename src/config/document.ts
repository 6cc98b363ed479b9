import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Document as Tree,
  visit,
} from "yaml";
import { about, type Complaint } from "./complaint.ts";

/** Where something stands in a document: `["components", "api", "keep"]`. */
export type Path = readonly PropertyKey[];

/** What is wrong at a path; `locate` finds its line. */
export type Finding = {
  readonly path: Path;
  /** Points at the key instead of at its value. */
  readonly at?: "key";
  /** Characters into the value's text. */
  readonly offset?: number;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly nearest?: string | undefined;
};

/** A YAML file as values, with the way back to its text. */
export type Document = {
  readonly file: string;
  readonly value: unknown;
  readonly locate: (finding: Finding) => Complaint;
  /** A scalar as it was written, before YAML read a number or a date into it. */
  readonly written: (path: Path) => string | undefined;
  /** The scalars that hold one of the values in another spelling, a line each: quotes can write any letter otherwise. */
  readonly spelled: (values: readonly string[]) => readonly string[];
};

export type Parsed = { readonly document: Document | undefined; readonly complaints: readonly Complaint[] };

/**
 * Reads one YAML document. Scalars get the types of YAML's core schema; the schema of the config then refuses a number
 * where it wants text, so that `1.10` never silently becomes 1.1. Refused here: duplicate keys, more than one document,
 * unknown tags, keys that JavaScript gives a meaning, and aliases that multiply (more than 50 uses).
 */
export function parseYaml(file: string, text: string): Parsed {
  const lines = new LineCounter();
  const tree = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: true });
  const complain = (offset: number, finding: Omit<Finding, "path">) =>
    placed(file, text, lines.linePos(offset), finding);
  const broken = [...tree.errors, ...tree.warnings].map((problem) =>
    complain(problem.pos[0], { message: problem.code === "MULTIPLE_DOCS" ? second : sentence(problem.message) }),
  );
  const refused = [...broken, ...unfit(tree).map(({ offset, ...finding }) => complain(offset, finding))];
  if (refused.length > 0) return { document: undefined, complaints: refused };
  const value = plainValue(tree);
  if (value instanceof Error) return { document: undefined, complaints: [about(file, sentence(value.message))] };
  const locate = (finding: Finding) => complain(offsetOf({ tree, text }, finding), finding);
  const written = (path: Path) => writtenAt(nodeAt(tree, path));
  const spelled = (values: readonly string[]) => spellings({ tree, text }, values);
  return { document: { file, value, locate, written, spelled }, complaints: [] };
}

function placed(
  file: string,
  text: string,
  position: { line: number; col: number },
  finding: Omit<Finding, "path">,
): Complaint {
  const line = Math.max(1, position.line);
  const source = (text.split("\n")[line - 1] ?? "").replace(/\r$/, "");
  const { message, expected, nearest } = finding;
  return { file, line, column: Math.max(1, position.col), source, message, expected, nearest };
}

function sentence(message: string): string {
  return `not readable as YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

const second = "a second document begins here, and one file holds one";

type Unfit = { readonly offset: number; readonly message: string; readonly expected: string };

/** What YAML allows and a config does not: keys with a meaning of their own in JavaScript, aliases of nothing. */
function unfit(tree: Tree): readonly Unfit[] {
  const found: Unfit[] = [];
  visit(tree, {
    Pair: (_, { key }) => {
      if (!isScalar(key) || !["__proto__", "constructor", "prototype"].includes(String(key.value))) return;
      found.push({ offset: key.range?.[0] ?? 0, message: "this word cannot be a key", expected: "another name" });
    },
    Alias: (_, alias) => {
      if (alias.resolve(tree) !== undefined) return;
      const message = `*${alias.source} names nothing`;
      found.push({ offset: alias.range?.[0] ?? 0, message, expected: `&${alias.source} before it` });
    },
  });
  return found;
}

function plainValue(tree: Tree): unknown {
  try {
    return tree.toJS({ maxAliasCount: 50 });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

type Source = { readonly tree: Tree; readonly text: string };

/** Offset of a finding in the text; of the nearest thing around it when its path does not exist. */
function offsetOf(source: Source, { path, at, offset }: Pick<Finding, "path" | "at" | "offset">): number {
  const { tree, text } = source;
  const key = keyOf(tree, nodeAt(tree, path.slice(0, -1)), path.at(-1));
  const node = at === "key" ? (key ?? nodeAt(tree, path)) : nodeAt(tree, path);
  const start = node?.range?.[0] ?? key?.range?.[0];
  if (start !== undefined && node !== undefined) return start + inside(node, text, offset);
  if (start !== undefined) return start;
  return path.length === 0
    ? 0
    : offsetOf(source, { path: path.slice(0, -1), at: "key", ...(offset === undefined ? {} : { offset }) });
}

/** How far into a scalar's text a character of its value stands; 0 where it is written over several lines. */
function inside(node: Node, text: string, offset: number | undefined): number {
  if (!isScalar(node) || offset === undefined) return 0;
  const [start, end] = node.range ?? [0, 0];
  const spelled = characters[node.type ?? ""];
  const written = text.slice(start, end);
  if (spelled === undefined || written.includes("\n")) return node.type === "PLAIN" ? offset : 0;
  const before = written.slice(1, -1).match(spelled)?.slice(0, offset) ?? [];
  return 1 + before.join("").length;
}

/** What is shorter could stand anywhere. */
const shortestSpelling = 4;

function spellings({ tree, text }: Source, values: readonly string[]): readonly string[] {
  const long = values.filter((value) => value.length >= shortestSpelling);
  const found = new Set<string>();
  visit(tree, {
    Scalar: (_, { value, range }) => {
      const raw = text.slice(...(range ?? [0, 0]));
      if (!long.some((secret) => String(value).includes(secret) && !raw.includes(secret))) return;
      for (const line of raw.split("\n")) found.add(line.trim().replace(/^["']|["']$/g, ""));
    },
  });
  return [...found].filter((line) => line.length >= shortestSpelling);
}

/** One character of the value, as quotes spell it. */
const characters: Readonly<Record<string, RegExp>> = {
  QUOTE_SINGLE: /''|./gs,
  QUOTE_DOUBLE: /\\(?:x..|u.{4}|U.{8}|.)|./gs,
};

function keyOf(tree: Tree, node: Node | undefined, key: PropertyKey | undefined): Node | undefined {
  const map = resolved(tree, node);
  if (!isMap(map)) return undefined;
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) ? pair.key : undefined;
}

function nodeAt(tree: Tree, path: Path): Node | undefined {
  let node: Node | undefined = tree.contents ?? undefined;
  for (const step of path) {
    const around = resolved(tree, node);
    if (!isMap(around) && !isSeq(around)) return undefined;
    const next: unknown = around.get(typeof step === "symbol" ? step.toString() : step, true);
    node = isScalar(next) || isMap(next) || isSeq(next) || isAlias(next) ? next : undefined;
  }
  return resolved(tree, node);
}

function resolved(tree: Tree, node: Node | undefined): Node | undefined {
  return isAlias(node) ? node.resolve(tree) : node;
}

function writtenAt(node: Node | undefined): string | undefined {
  return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
}
