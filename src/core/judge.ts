import type { Cause } from "./sample.ts";

/** What one assertion says now, with the numbers that it says it on. */
export type Judgement = {
  /** The assertion as written. */
  readonly assertion: string;
  readonly verdict: "pass" | "fail" | "undecided";
  readonly causes: readonly { readonly cause: Cause; readonly detail: string }[];
  /** Metrics of the condition with their present value, in order of appearance: `p99_latency` → 43.1; missing ones are undefined. */
  readonly values: readonly { readonly metric: string; readonly value: number | undefined }[];
  /** The one number and the limit it is held against, when the condition is of the form `metric op number or formula`. */
  readonly value: number | undefined;
  readonly limit: number | undefined;
  /** Hosts that drive it: the bad ones of `each.`, the ones without data when undecided. */
  readonly hosts: readonly string[];
  /** Readings taken, and how many of the last `of` were against it (`bad`). */
  readonly readings: number;
  readonly bad: number;
  readonly of: number;
  /** Events (requests, observations) that the numbers rest on; undefined for gauges. */
  readonly events: number | undefined;
  readonly observeOnly: boolean;
};
