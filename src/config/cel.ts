import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";

/** A part of an expression, with the place of its text in `range`. */
export type CelNode = ASTNode;

/** `limit`: it is too large or too deep. `start` and `end` are characters of the text. */
type Unread = { readonly type: "unread"; readonly limit: boolean; readonly start: number; readonly end: number };

/** Only parsed with, never evaluated: what is not in one of our own small languages cannot run. */
const environment = new Environment({ unlistedVariablesAreDyn: true, limits: { maxAstNodes: 200, maxDepth: 32 } });

/** Parses CEL (https://github.com/google/cel-spec). */
export function parseCel(text: string): { readonly type: "ok"; readonly node: CelNode } | Unread {
  try {
    return { type: "ok", node: environment.parse(text).ast };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { start = 0, end = text.length } = error.range ?? {};
    return { type: "unread", limit: error.code === "limit_exceeded", start, end };
  }
}
