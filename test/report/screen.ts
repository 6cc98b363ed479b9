import type { Output } from "../../src/report/reporter.ts";

export type Screen = Output & { readonly out: () => string; readonly err: () => string };

/** An output that remembers what was written to it. */
export function screen(given: Partial<Output> = {}): Screen {
  const out: string[] = [];
  const err: string[] = [];
  return {
    columns: 80,
    rows: 24,
    color: false,
    env: {},
    ...given,
    write: (text) => void out.push(text),
    warn: (text) => void err.push(text),
    out: () => out.join(""),
    err: () => err.join(""),
  };
}
