import type { Asked } from "./asked.ts";
import type { Project } from "./project.ts";
import type { Rig } from "./rig.ts";

/** One line of the table: what was measured, of ship and of the peer, and what is wanted. */
export type Row = {
  readonly work: string;
  readonly ship: string;
  readonly peer: string;
  /** ship against the bar: what `isMet` was decided on. */
  readonly ratio: string;
  readonly bar: string;
  readonly isMet: boolean | undefined;
};

export type Bench = { readonly asked: Asked; readonly rig: Rig; readonly project: Project };

/** A part of the table. `needs`: programs without which it cannot run. */
export type Part = {
  readonly needs: readonly string[];
  readonly rows: (bench: Bench) => Promise<readonly Row[]>;
};

type Wanted = {
  readonly work: string;
  readonly ship: number;
  readonly peer: number;
  /** What the two numbers are, and what the peer is called. */
  readonly unit: "s" | "ms" | "MB" | "s CPU" | "ms CPU";
  readonly name: string;
  /** `most`: ship's part of the peer's. `least`: how often ship's goes into the peer's. */
  readonly bar: { readonly most: number } | { readonly least: number };
};

export function against({ work, ship, peer, unit, name, bar }: Wanted): Row {
  const ratio = "most" in bar ? ship / peer : peer / ship;
  return {
    work,
    ship: `${shown(ship)} ${unit}`,
    peer: `${name} ${shown(peer)} ${unit}`,
    ratio: `${ratio.toFixed(2)} ×`,
    bar: "most" in bar ? `≤ ${bar.most} ×` : `≥ ${bar.least} ×`,
    isMet: "most" in bar ? ratio <= bar.most : ratio >= bar.least,
  };
}

/** A bar that is a number of its own. */
export function atMost(work: string, value: number, bar: number, unit: string): Row {
  return { work, ship: `${shown(value)} ${unit}`, peer: "", ratio: "", bar: `≤ ${bar} ${unit}`, isMet: value <= bar };
}

export function absent(work: string, programs: readonly string[]): Row {
  return { work, ship: "", peer: `${programs.join(", ")} not here`, ratio: "", bar: "", isMet: undefined };
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** As Markdown, so that it can stand in the README. */
export function tableText(rows: readonly Row[]): string {
  const cells = rows.map(({ work, ship, peer, ratio, bar, isMet }) => [work, ship, peer, ratio, bar, verdict(isMet)]);
  const all = [["work", "ship", "peer", "ratio", "bar", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(3, ...all.map((line) => line[column]?.length ?? 0))) ?? [];
  const lines = all.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1), ""].join("\n");
}

function verdict(isMet: boolean | undefined): string {
  return isMet === undefined ? "" : isMet ? "ok" : "MISS";
}
