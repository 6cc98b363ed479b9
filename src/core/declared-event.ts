import type { Json } from "./json.ts";

/** What the config declares, one event for each flag or rate: lists tell them, and no host is asked. */
export type Declaration =
  | {
      readonly type: "flag.declared";
      readonly flag: string;
      readonly components: readonly string[];
      readonly variants: Readonly<Record<string, Json>>;
      readonly default: string;
      readonly owner: string | null;
      /** ISO 8601, a date; null where nobody said when it should be gone. */
      readonly expires: string | null;
      /** Whether that day is over, by this machine's clock and in UTC. */
      readonly expired: boolean;
    }
  | {
      readonly type: "rate.declared";
      readonly rate: string;
      readonly component: string;
      /** A second, as its bounds are; `max` is null where it has none. */
      readonly default: number;
      readonly min: number;
      readonly max: number | null;
    };
