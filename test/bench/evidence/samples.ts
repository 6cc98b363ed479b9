import type { Reading, Sample } from "../../../src/core/sample.ts";
import type { Page } from "./traffic.ts";

/** What ship reads of a host: its exporter's page, as the exposition provider makes readings of it, and the free metrics. */
export function samplesOf(host: string, page: Page, at: number): readonly Sample[] {
  return Object.entries(readingsOf(page)).map(([metric, reading]) => ({
    metric,
    host,
    at,
    reading,
    origin: "its page",
  }));
}

/** Counters by metric, as a host's page shows them. */
function readingsOf(page: Page): Readonly<Record<string, Reading>> {
  const { good, bad, connections, isHealthy, restarts } = page;
  return {
    p99_latency: { type: "counters", series: seriesOf(page) },
    error_rate: {
      type: "counters",
      series: { 'bad{code="500"}': bad, 'all{code="200"}': good, 'all{code="500"}': bad },
    },
    active_cons: { type: "gauge", value: connections },
    healthy: { type: "gauge", value: isHealthy ? 1 : 0 },
    restarts: { type: "identity", identity: String(restarts), count: undefined },
  };
}

/** Histograms are cumulative, and in seconds. */
function seriesOf({ buckets, edges }: Page): Readonly<Record<string, number>> {
  let count = 0;
  const series: Record<string, number> = {};
  for (const [at, more] of buckets.entries()) {
    const edge = edges[at];
    count += more;
    series[edge === undefined ? "le=+Inf{}" : `le=${edge / 1000}{}`] = count;
  }
  return series;
}
