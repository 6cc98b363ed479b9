/** What people and other runs have to do with a rollout, in the past tense. */
export type Steering =
  /** Somebody steered it, from anywhere: `why` is empty where no reason was given. */
  | { readonly type: "rollout.paused"; readonly by: string; readonly why: string }
  | { readonly type: "rollout.resumed"; readonly by: string; readonly why: string }
  /** One of ship's own rates was set while it ran (`ship.width`): `value` as it was said, 0 for a stop. */
  | {
      readonly type: "rollout.paced";
      readonly rate: string;
      readonly value: number;
      readonly by: string;
      readonly why: string;
    }
  /** The service was changed beside the rollout, `why` says by what: what was measured before counts no more. */
  | { readonly type: "evidence.restarted"; readonly by: string; readonly why: string }
  | { readonly type: "rollout.aborted"; readonly by: string; readonly why: string }
  /** The stage begins when somebody approves it; `within`: how long it waits for that, ms, null for as long as it takes. */
  | {
      readonly type: "approval.awaited";
      readonly stage: string;
      readonly index: number;
      readonly within: number | null;
    }
  /** The stage may begin where it waits for that, and pass without a verdict; never against one. */
  | { readonly type: "stage.approved"; readonly stage: string; readonly by: string; readonly why: string }
  /**
   * What became of a word (pause, resume, abort, approve, rate): `steered` is the rollout, `stage` the one that it has come to.
   * `doing`: there was nothing to do for it, and this is what its runner does instead; null where that is not so.
   */
  | {
      readonly type: "rollout.steered";
      readonly component: string;
      readonly word: string;
      readonly steered: string | null;
      readonly taken: boolean;
      readonly holder: string | null;
      readonly stage: string | null;
      readonly doing: string | null;
      /** Of a rate that was set: which (`ship.width`), and to what. */
      readonly rate?: string;
      readonly value?: number;
    }
  /** `missed`: hosts that could not be told, each with the reason. */
  | {
      readonly type: "component.locked" | "component.unlocked";
      readonly component: string;
      readonly by: string;
      readonly why: string;
      readonly hosts: readonly string[];
      readonly missed: readonly string[];
    }
  /** Somebody else may be running a rollout: its signs of life are watched for `within` ms. */
  | {
      readonly type: "holder.watched";
      readonly component: string;
      readonly unfinished: string;
      readonly holder: string;
      readonly within: number;
    }
  /** No sign of life came in that time: this run takes over. */
  | {
      readonly type: "holder.superseded";
      readonly component: string;
      readonly unfinished: string;
      readonly holder: string;
      readonly still: number;
    };
