/** What one host will go through: from → to, and back where it goes when the change fails. Release names; empty: none. */
export type HostPlan = {
  readonly host: string;
  readonly cohort: string;
  /** `change`: brought to the release. `bake`: is on it, unproven; watched again, not restarted. `none`: proven. `absent`: not reached. */
  readonly action: "change" | "bake" | "none" | "absent";
  readonly from: string;
  readonly to: string;
  readonly back: string;
  readonly healthy: boolean | undefined;
  /** Attempt number of the record as observed. */
  readonly attempt: number;
  /** `token` of the record as observed. */
  readonly expect: string;
};

export type StagePlan = {
  /** `internal`, or `all 10%`. */
  readonly name: string;
  readonly cohort: string;
  readonly hosts: readonly HostPlan[];
  /** How many hosts change at once here. */
  readonly width: number;
  readonly maxFailed: number;
  /** ms. */
  readonly bake: number;
};

/** How an assertion is judged, as the plan shows it. */
export type GatePlan = {
  readonly assertion: string;
  readonly method: string;
  readonly every: number;
  readonly observeOnly: boolean;
};

export type Plan = {
  readonly component: string;
  readonly version: string;
  readonly release: string;
  /** Id of the unfinished rollout of this release that is continued. */
  readonly continues: string | undefined;
  readonly stages: readonly StagePlan[];
  readonly gates: readonly GatePlan[];
  /** ms: the least that the stages to do take. */
  readonly least: number;
};
