import type { Deployer } from "./deployer.ts";
import type { Machine } from "./machine.ts";

/** What an impartial observer knows of one host, kept apart from what the host itself says. */
export type Known = {
  /** Last release that a passed stage, or a revert to what was proven, left here. */
  proven: string;
  /** The same as of the first arming by the rollout that changed it last: where it has to go back to. */
  baseline: string;
  /** The baselines of the rollouts before that changed it, oldest first. */
  earlier: readonly string[];
  /** Where a rollback that was asked for, or is gone on with, has sent it since it was last armed. */
  undoneTo: string | undefined;
  rollout: string;
  /** What ran here when it was armed: the unproven release of a superseded rollout may stand until the switch. */
  from: string;
  /** Highest fence and order accepted. */
  generation: number;
  run: string;
  sequence: number;
  /** When it was armed; ms that it had power since. */
  armedAt: number;
  lease: number;
  /** A healthy answer of the new release was given to this run since the host was switched. */
  readonly checkedBy: Set<string>;
  confirmedAt: number;
  backSince: number;
  /** Its old release did not start: until it does, another try costs nothing. */
  isFallen: boolean;
  /**
   * It had fallen before the present run began, which will mend it in its own stage: were the stages before to wait for that
   * (they are in the wider cohort as well), nothing could ever mend it.
   */
  isExcused: boolean;
  /** Leases that ended, by attempt. */
  readonly expired: Set<number>;
  /** What the last report says runs here, and whose it was. */
  said: { readonly release: string; readonly run: string; readonly state: string } | undefined;
};

export type Run = {
  readonly by: Deployer;
  /** Hosts of which it has an accepted fence. */
  readonly fenced: Set<string>;
  /** It knows that the change was found bad or turned back: by its own look, or by its own doing. */
  turnedAt: number | undefined;
  /** Numbers of the attempts that each host accepted, one for each time that it was asked. */
  readonly arms: Map<string, readonly number[]>;
  readonly reverts: Map<string, readonly number[]>;
  orders: number;
  /** Looks at each service that were answered with its process since the last confirm. */
  readonly readings: Map<string, number>;
};

export function newRun(by: Deployer): Run {
  return {
    by,
    fenced: new Set(),
    turnedAt: undefined,
    arms: new Map(),
    reverts: new Map(),
    orders: 0,
    readings: new Map(),
  };
}

export function fresh({ state }: Machine, now: number): Known {
  const { record, link } = state;
  return {
    proven: link,
    baseline: record.good,
    earlier: [],
    undoneTo: undefined,
    rollout: record.rollout,
    from: link,
    generation: record.generation,
    run: record.run,
    sequence: record.sequence,
    armedAt: now,
    lease: 0,
    checkedBy: new Set(),
    confirmedAt: 0,
    backSince: 0,
    isFallen: false,
    isExcused: false,
    expired: new Set(),
    said: undefined,
  };
}
