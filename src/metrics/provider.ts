import type { MetricPolicy } from "../core/component.ts";
import type { Host } from "../core/fleet.ts";
import type { Answer, Look } from "../core/host.ts";
import type { Reading } from "../core/sample.ts";

/** How a provider reaches a host: already bound to the host and the component. */
export type Reach = {
  readonly host: Host;
  readonly component: string;
  /** The config's folder. */
  readonly root: string;
  readonly look: (look: Look) => Promise<Answer>;
};

/** Reads metrics on one host. What cannot be read is a reading too: `missing`, with its cause. */
export type MetricProvider = {
  /** Metrics with the same key are read by one request: the same page, the same program. */
  readonly key: (policy: MetricPolicy) => string;
  /** Readings of the policies, which share one key, in their order. */
  readonly read: (policies: readonly MetricPolicy[], reach: Reach) => Promise<readonly Reading[]>;
};
