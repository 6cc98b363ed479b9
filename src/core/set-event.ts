import type { ChangeKind } from "./change-set.ts";
import type { Outcome } from "./error.ts";
import type { Judgement } from "./judge.ts";
import type { Verdict } from "./track.ts";

/** A part of a set as events name it; `set` is the set's id. */
export type PartName = { readonly change: string; readonly kind: ChangeKind; readonly version: string };

/** How a part stood at the end; `state` is for people. */
export type EndPart = PartName & { readonly rollout: string | null; readonly state: string };

/** What happens to a change set, beside the rollouts of its parts. */
export type SetEvent =
  /** Stands first in each part's journal: the set with all its parts in order, and the one whose turn it is, from 1. */
  | {
      readonly type: "part.started";
      readonly set: string;
      readonly component: string;
      readonly index: number;
      readonly direction: "forward" | "rollback";
      readonly parts: readonly PartName[];
    }
  /** After a part was put back: is the service well again? `took` in ms. */
  | {
      readonly type: "set.measured";
      readonly set: string;
      readonly component: string;
      readonly verdict: Verdict;
      readonly judgements: readonly Judgement[];
      readonly took: number;
    }
  | {
      readonly type: "set.ended";
      readonly set: string;
      readonly component: string;
      readonly outcome: Outcome;
      readonly exit: number;
      readonly summary: string;
      readonly hint: string | undefined;
      readonly parts: readonly EndPart[];
      /** ms. */
      readonly took: number;
      readonly by: string;
      readonly why: string | undefined;
    };
