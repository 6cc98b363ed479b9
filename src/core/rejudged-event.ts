import type { Judgement } from "./judge.ts";

/** What replays and looks at the past have to say, in the past tense. */
export type Rejudged =
  /** A recorded rollout, judged again: one assertion in one stage; `before` is what it said then, null where it was not asserted. */
  | {
      readonly type: "assertion.replayed";
      readonly stage: string;
      readonly assertion: string;
      readonly before: Judgement | null;
      readonly now: Judgement | null;
      /** ms since the epoch: its first fail. */
      readonly failedAt: number | null;
    }
  | {
      readonly type: "rollout.replayed";
      readonly replayed: string;
      readonly component: string;
      readonly version: string;
      readonly verdict: Judgement["verdict"];
      readonly summary: string;
    }
  /** The past, judged by an assertion of today, in hours: `of` is all that was asked for. */
  | {
      readonly type: "past.judged";
      readonly component: string;
      readonly assertion: string;
      readonly verdict: Judgement["verdict"];
      readonly hours: { readonly failed: number; readonly judged: number; readonly of: number };
      /** The number nearest to its limit, or furthest beyond; `at` in ms since the epoch. */
      readonly tightest: { readonly at: number; readonly value: number; readonly limit: number } | null;
      readonly causes: Judgement["causes"];
      readonly observeOnly: boolean;
    };
