import { normalTail } from "../../../src/core/normal.ts";

/** How long requests take: the share of them that takes longer than so many ms. */
export type Latency = (ms: number) => number;

const z99 = 2.3263478740408408;

/** Half of the requests take longer than `median` ms, one in a hundred longer than `p99`. */
export function lognormal(median: number, p99: number): Latency {
  const sigma = Math.log(p99 / median) / z99;
  return (ms) => normalTail(Math.log(ms / median) / sigma);
}

/** The same, given the share that takes longer than `limit` ms. `z` is the normal quantile of that share. */
export function lognormalBeyond(median: number, limit: number, z: number): Latency {
  const sigma = Math.log(limit / median) / z;
  return (ms) => normalTail(Math.log(ms / median) / sigma);
}

/** Pareto's second law (Lomax): its tail falls as the power `-alpha` of the time, one in a hundred takes longer than `p99` ms. */
export function lomax(p99: number, alpha: number): Latency {
  const scale = p99 / (0.01 ** (-1 / alpha) - 1);
  return (ms) => (1 + ms / scale) ** -alpha;
}

/** Every request takes `factor` times as long. */
export function slower(latency: Latency, factor: number): Latency {
  return (ms) => latency(ms / factor);
}

/** Shares of the requests between one edge (ms, rising) and the next; the last share is of those beyond all edges. */
export function sharesOf(latency: Latency, edges: readonly number[]): readonly number[] {
  const beyond = [1, ...edges.map(latency), 0];
  return beyond.slice(1).map((share, at) => (beyond[at] ?? 0) - share);
}
