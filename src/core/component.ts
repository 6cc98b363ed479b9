import type { ChangeKind } from "./change-set.ts";
import type { Condition } from "./expression.ts";
import type { Share } from "./fleet.ts";

/** Durations are milliseconds everywhere in the program; only texts and the host's shell use seconds. */
export type Milliseconds = number;

/** How a host shows that the service answers. Addresses are as the host sees them: 127.0.0.1 is the host. */
export type HealthCheck = {
  readonly how:
    | { readonly type: "http"; readonly url: string; readonly status: number | undefined }
    | { readonly type: "tcp"; readonly address: string; readonly port: number }
    | { readonly type: "exec"; readonly run: string };
  /** The service must first answer within this time after its activation … */
  readonly within: Milliseconds;
  /** … and then without a break for this long. */
  readonly for: Milliseconds;
  /** What shows that the new release answers and not a survivor of the old one. */
  readonly proof: Proof;
};

/**
 * `version`: the answer names the version. `process`: the main process started after the switch.
 * `folder`: it runs from the new release's folder. `none`: nothing is asked; must be written.
 */
export type Proof = "version" | "process" | "folder" | "none";

/** Where the service's main process is found, for `restarts`, `rss`, `cpu` and the proofs. */
export type ProcessSource =
  | { readonly type: "folder" }
  | { readonly type: "unit"; readonly unit: string }
  | { readonly type: "pidfile"; readonly path: string };

/** A step that runs once a release, on the first host of the first stage, from the release's folder. */
export type OnceStep = { readonly run: string; readonly when: "before" | "after"; readonly reversible: boolean };

export type StagePolicy = {
  readonly cohort: string;
  /** Part of the cohort's hosts that this stage brings to the change; undefined is all. */
  readonly share: Share | undefined;
  /** Strong evidence may end the bake after `bake` already; weak evidence may stretch it to `longestBake`. */
  readonly bake: Milliseconds;
  readonly longestBake: Milliseconds;
  readonly maxFailed: Share | undefined;
  /** Somebody must approve the stage before its first host is changed. */
  readonly approve?: boolean;
};

/** What a metric is made of, and where it is read. */
export type MetricPolicy = {
  readonly name: string;
  readonly shape: MetricShape;
  readonly across: "mean" | "sum" | "min" | "max";
  /** Its source gives one number for a group of hosts, and none for each. */
  readonly grouped: boolean;
  /** In order: the next is asked when the one before is down. */
  readonly sources: readonly MetricSource[];
  /** The hosts that have it; left out: all. */
  readonly on?: ReadonlySet<string>;
};

/** A provider by its name in the table, and its settings, checked by its own schema. */
export type MetricSource = { readonly provider: string; readonly settings: unknown };

/** `gauge` is a level; `rate` a counter's growth a second; `ratio` bad of all; `quantile` of a histogram. */
export type MetricShape =
  | { readonly type: "gauge" }
  | { readonly type: "rate" }
  | { readonly type: "ratio" }
  /** `scale` turns the histogram's own unit into the metric's: 1000 for seconds shown as ms. */
  | { readonly type: "quantile"; readonly quantile: number; readonly scale: number };

/** A condition that a healthy service meets, with how it is judged. */
export type AssertionPolicy = {
  /** As it was written; names the assertion everywhere. */
  readonly text: string;
  readonly condition: Condition;
  readonly every: Milliseconds | undefined;
  /** At most `bad` of the last `of` readings may be against it. */
  readonly allow: { readonly bad: number; readonly of: number };
  readonly minEvents: number;
  readonly minReadings: number;
  /** Shown and recorded, and decides nothing. */
  readonly observeOnly: boolean;
  /** The cohort from whose stage on it is judged; undefined is the first. */
  readonly from: string | undefined;
  /** Judged by ranks: changed against unchanged hosts' readings, and the difference that is let pass. */
  readonly compare: Comparison | undefined;
  /** The hosts that it is about; left out: all. */
  readonly on?: ReadonlySet<string>;
};

/** `tolerance` is a share of the baseline: 0.1 lets a tenth pass. `up`: more is worse. */
export type Comparison = { readonly metric: string; readonly direction: "up" | "down"; readonly tolerance: number };

/** One component's whole policy, as written in ship.config.yaml, defaults filled in. */
export type Component = {
  readonly name: string;
  /** The config's folder: programs that run on this machine start there. */
  readonly root: string;
  /** The source's settings, checked by its own schema; `type` names the source. */
  readonly source: { readonly type: string };
  readonly hosts: Readonly<Record<string, string>>;
  readonly path: string;
  /** Where on a host its releases and its record lie, when that is not where the service lies that it is judged by. */
  readonly tree?: string;
  readonly shared: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly activate: string;
  readonly activateWithin: Milliseconds;
  readonly deactivate: string | undefined;
  readonly drain: { readonly run: string; readonly for: Milliseconds } | undefined;
  readonly undrain: string | undefined;
  readonly healthy: HealthCheck | undefined;
  readonly process: ProcessSource;
  readonly once: readonly OnceStep[];
  readonly keep: number;
  /** Hosts fetch the bytes from the artifact's own address, where they can; left out: they are sent from here. */
  readonly fetch?: boolean;
  /** Hosts that have the bytes pass them on to others of their stage, in the clear; left out: they do not. */
  readonly spread?: boolean;
  readonly stages: readonly StagePolicy[];
  readonly maxUnavailable: Share;
  readonly maxFailed: Share;
  readonly rollback: { readonly maxUnavailable: Share };
  readonly onFailure: "rollback" | "hold";
  readonly onBlind: "rollback" | "hold";
  /** Of a change set that failed, which kind of its parts goes back first, with a measurement after each; left out: all, newest first. */
  readonly remedy?: readonly ChangeKind[];
  /** `observe`: everything is measured and shown, and no verdict decides anything. */
  readonly gate: "enforce" | "observe";
  /** The chance that one rollout of a healthy version is taken back by tests on counts, over all of them and all looks. */
  readonly falseRollbacks: number;
  readonly warmup: Milliseconds;
  readonly metrics: readonly MetricPolicy[];
  readonly assertions: readonly AssertionPolicy[];
  /** Where it is of several services, each as it is on its own hosts; its metrics and assertions are those of all of them. */
  readonly parts?: readonly Part[];
};

/** One of the services that a component is of. `hosts`: their names in the rollout; a server with two services has two. */
export type Part = { readonly name: string; readonly component: Component; readonly hosts: ReadonlySet<string> };

/** How often an assertion is measured: as written, else a tenth of the bake, from 1 s to 15 s. ms. */
export function everyOf(written: number | undefined, bake: number): number {
  return written ?? Math.min(15_000, Math.max(1_000, bake / 10));
}

/** A tick's length of slack, so that an interval is not missed by a hair and doubled. */
const slackMs = 300;

/** Is it time to judge again what was judged last at `last` (undefined: never)? All in ms. */
export function isDue(last: number | undefined, now: number, every: number): boolean {
  return last === undefined || now - last >= every - slackMs;
}

/** Those of the assertions that are judged once these cohorts had their turn: without `from`, or with one of them. */
export function judgedAfter(
  assertions: readonly AssertionPolicy[],
  cohorts: Iterable<string>,
): readonly AssertionPolicy[] {
  const turned = new Set(cohorts);
  return assertions.filter(({ from }) => from === undefined || turned.has(from));
}

/** The cohorts that had their turn when the stage `index` has its own. */
export function cohortsUntil(stages: readonly { readonly cohort: string }[], index: number): readonly string[] {
  return stages.slice(0, index + 1).map(({ cohort }) => cohort);
}
