import type { Input } from "./exchange.ts";

/** The signs of life to the witnesses: how many, when the next is due (ms), and who has not answered to which. */
export type Beating = {
  readonly count: number;
  readonly dueAt: number;
  readonly pending: ReadonlyMap<string, number>;
  /** The last stage that was entered, and the last that was told: an approval is for it, also when the run has ended there. */
  readonly entered: string;
  readonly stage: string;
  /** The run stood still: until a witness has answered, it does not know whether the hosts are still its own. */
  readonly doubts: Doubts | undefined;
  /** What hosts said meanwhile: it is taken when the doubt is over. */
  readonly withheld: readonly Input[];
};

/** How many more rounds of beats may stay without any answer before the run goes on all the same; did a witness answer in this one? */
export type Doubts = { readonly rounds: number; readonly heard: boolean };

export function unbeaten(startedAt: number): Beating {
  const signs = { count: 0, dueAt: startedAt, pending: new Map(), entered: "", stage: "" };
  return { ...signs, doubts: undefined, withheld: [] };
}
