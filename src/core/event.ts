import type { BytesEvent } from "./bytes-event.ts";
import type { Declaration } from "./declared-event.ts";
import type { Delivery } from "./delivery.ts";
import type { Outcome } from "./error.ts";
import type { Forecast } from "./forecast.ts";
import type { Phase } from "./host.ts";
import type { Inspected } from "./inspected-event.ts";
import type { Judgement } from "./judge.ts";
import type { Packed } from "./packed.ts";
import type { Plan } from "./plan.ts";
import type { Rejudged } from "./rejudged-event.ts";
import type { Route } from "./route.ts";
import type { SetEvent } from "./set-event.ts";
import type { Steering } from "./steering-event.ts";

/** Why a rollout ended as it did: a closed set, for programs. */
export type EndReason =
  | "proven"
  | "nothing-to-do"
  | "rolled-back-by-request"
  | "assertion-failed"
  | "hosts-failed"
  | "no-evidence"
  | "unreachable"
  | "refused"
  | "locked"
  | "superseded"
  | "interrupted"
  | "timed-out"
  | "step-failed"
  | "on-failure-hold"
  | "irreversible"
  | "rollback-incomplete"
  | "control-plane-lost"
  /** A rollback that was cut off went on; why it had begun is not known to those that ended it. */
  | "rollback-continued"
  /** What failed on the changed hosts fails on those that were taken back as well. */
  | "environment"
  /** A stage that somebody must approve was not, in time. */
  | "not-approved"
  /** Somebody said `ship abort`. */
  | "aborted"
  | "bug";

/** A host at the end: `behind` was excused by `max_failed`, `unknown` was not seen at the end. */
export type EndHost = {
  readonly host: string;
  readonly cohort: string;
  readonly version: string | undefined;
  readonly release: string;
  readonly state: "proven" | "confirmed" | "restored" | "untouched" | "behind" | "bad" | "unknown" | "reverting";
  readonly detail: string | undefined;
  /** The command that mends it, where something is to be mended. */
  readonly mend: string | undefined;
};

type On = { readonly host: string; readonly release: string };

/**
 * Everything that happens, in the past tense. Journal, --json, CI logs and the live view are views of these. Texts that
 * came from a host (`log`, `detail`) are raw here and escaped where they are shown.
 */
export type Happening =
  | {
      readonly type: "artifact.resolved";
      readonly component: string;
      readonly version: string;
      readonly release: string;
      readonly digest: string;
      readonly size: number;
    }
  | {
      readonly type: "rollout.started";
      readonly component: string;
      readonly version: string;
      readonly release: string;
      readonly direction: "forward" | "rollback";
      readonly by: string;
      readonly from: string;
      readonly why: string | undefined;
      readonly overrides: readonly string[];
      readonly continued: boolean;
    }
  | {
      readonly type: "host.observed";
      readonly component: string;
      readonly cohort: string;
      readonly host: string;
      readonly version: string | null;
      readonly release: string | null;
      readonly phase: Phase | null;
      readonly proven: boolean;
      readonly healthy: boolean | null;
      readonly good: string | null;
      /** The rollout that its runner has not ended. */
      readonly unfinished: string | null;
      readonly holder: string | null;
      /** What its runner does or did by the last beat that came here, how long ago by the host's clock, ms; on witnesses alone. */
      readonly beat?: {
        readonly generation: number;
        readonly count: number;
        readonly doing: string;
        readonly age: number;
      };
      /** Closed to rollouts by hand: by whom, since when and why. */
      readonly locked?: string;
      readonly cause?: string;
    }
  | Inspected
  /** Hosts that are not reached by ship's own client, and why. */
  | {
      readonly type: "transport.chosen";
      readonly transport: Route["transport"];
      readonly hosts: readonly string[];
      readonly reason: string;
    }
  /** Doctor wrote to a host what it had shown. */
  | { readonly type: "host.rearmed"; readonly host: string; readonly where: string }
  /** `forecast`: of a dry run, what the gates will be able to see. `delivery`: how the bytes come to the hosts. */
  | { readonly type: "plan.made"; readonly plan: Plan; readonly forecast?: Forecast; readonly delivery?: Delivery }
  | ({ readonly type: "host.fenced" } & On)
  | BytesEvent
  | ({ readonly type: "host.stepped"; readonly run: string } & On)
  /** `lease` in ms, like every duration in events. */
  | ({ readonly type: "host.armed"; readonly lease: number } & On)
  | ({ readonly type: "host.drained" } & On)
  | ({ readonly type: "host.switched" } & On)
  | ({ readonly type: "host.activated" } & On)
  | ({ readonly type: "host.healthy"; readonly detail: string } & On)
  | ({ readonly type: "host.undrained" } & On)
  | ({ readonly type: "host.confirmed" } & On)
  | ({ readonly type: "host.proven" } & On)
  | ({ readonly type: "host.reverted" } & On)
  /** A host could not be brought to `release`; `operation` is what failed. */
  | ({
      readonly type: "host.failed";
      readonly operation: string;
      readonly cause: string;
      readonly detail: string;
      readonly log: string;
    } & On)
  /** A host gave no answer in time; it counts as bad until it does. */
  | ({ readonly type: "host.lost"; readonly operation: string; readonly reason: string } & On)
  | {
      readonly type: "stage.started";
      readonly stage: string;
      readonly index: number;
      readonly hosts: readonly string[];
      readonly width: number;
    }
  | { readonly type: "bake.started"; readonly stage: string; readonly duration: number; readonly until: number }
  | {
      readonly type: "metric.sampled";
      readonly metric: string;
      readonly value: number | undefined;
      readonly hosts: number;
      readonly causes: readonly string[];
    }
  /**
   * All that a measurement read, so that it can be judged again. For the journal alone: in every other view `metric.sampled`
   * stands for it. `changed`: since when each host has the change, ms since the epoch; `at` likewise.
   */
  | {
      readonly type: "samples.read";
      readonly stage: string;
      readonly index: number;
      readonly bake: number;
      readonly at: number;
      readonly every: number;
      readonly changed: Readonly<Record<string, number>>;
      readonly warmup: number;
      readonly unchanged: readonly string[];
      readonly samples: Packed;
      /** What was read before in this run counts no more; left out where it does. */
      readonly anew?: true;
    }
  | { readonly type: "assertion.judged"; readonly stage: string | undefined; readonly judgement: Judgement }
  | {
      readonly type: "stage.passed";
      readonly stage: string;
      readonly index: number;
      readonly judgements: readonly Judgement[];
    }
  | {
      readonly type: "stage.failed";
      readonly stage: string;
      readonly index: number;
      readonly reason: EndReason;
      readonly detail: string;
      readonly judgements: readonly Judgement[];
    }
  | {
      readonly type: "stage.held";
      readonly stage: string;
      readonly index: number;
      readonly reason: EndReason;
      readonly detail: string;
      readonly judgements: readonly Judgement[];
    }
  | {
      readonly type: "rollback.started";
      readonly hosts: readonly string[];
      readonly reason: EndReason;
      readonly width: number;
    }
  | { readonly type: "rollout.interrupted"; readonly signal: string }
  | Steering
  | { readonly type: "warned"; readonly text: string; readonly hint: string | undefined }
  | {
      readonly type: "rollout.ended";
      readonly component: string;
      readonly version: string;
      readonly outcome: Outcome;
      readonly exit: number;
      readonly reason: EndReason;
      /** One sentence: what happened, on what evidence. */
      readonly summary: string;
      readonly hint: string | undefined;
      readonly hosts: readonly EndHost[];
      /** The judgements that decided it, or the last ones. */
      readonly judgements: readonly Judgement[];
      /** ms from start to end. */
      readonly took: number;
      readonly by: string;
      readonly why: string | undefined;
    }
  | SetEvent
  | Rejudged
  | Declaration
  | {
      readonly type: "command.failed";
      readonly outcome: Outcome;
      readonly message: string;
      readonly hint: string | undefined;
      readonly details: readonly string[];
    }
  | { readonly type: "command.ended"; readonly command: string; readonly exit: number };

/** An event as it is written: what happened, when (ISO 8601, UTC), its number in this run, and its rollout. */
export type Event = Happening & { readonly time: string; readonly seq: number; readonly rollout?: string };
