import type { Finding } from "./findings.ts";
import type { BootHook } from "./inspection.ts";
import type { Route } from "./route.ts";

/** A host as doctor found it. Nulls where it gave no answer; `took` and `skew` (its clock against ours) in ms, `free` in bytes. */
export type Inspected = {
  readonly type: "host.inspected";
  readonly component: string;
  readonly cohort: string;
  readonly host: string;
  readonly took: number | null;
  readonly user: string | null;
  readonly skew: number | null;
  readonly free: number | null;
  readonly tools: readonly string[];
  /** What would put it back after a reboot, and whether it is there. */
  readonly boot: BootHook["way"] | null;
  readonly rebootSafe: boolean | null;
  /** How it is reached; null for a host of the sandbox, or one that could not be looked up. */
  readonly route: Route | null;
  readonly findings: readonly Finding[];
};
