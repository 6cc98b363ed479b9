import type { AssertionPolicy } from "../../../src/core/component.ts";
import { assertion } from "../../simulation/component.ts";
import { warmup } from "./given.ts";
import { lognormal, lognormalBeyond, lomax } from "./latency.ts";
import type { Load, Service } from "./traffic.ts";

/** A kind of rollout: what happens to the fleet, and the gate that looks at it. */
export type Scenario = {
  readonly name: string;
  readonly rates: readonly number[];
  readonly load: Omit<Load, "rate">;
  readonly assertions: readonly AssertionPolicy[];
  /** The first host (by its number) that is bad; undefined where all are healthy. */
  readonly bad: number | undefined;
};

const rates = [5, 50, 500];
const edges = [5, 10, 25, 50, 100, 250, 500, 1000];

const steady: Service = { errors: 0.001, cluster: 1, latency: lognormal(12, 35) };

const p99 = "p99_latency < 50";
const errors = (most: number) => `error_rate < ${most}`;
const besideOthers = "error_rate <= 1.5 * baseline.error_rate + 0.001";

/** Thresholds that stand beside what is tested, as ship sets them by default. */
const beside = [
  assertion("active_cons > 10"),
  assertion("each.healthy", { allow: { bad: 2, of: 3 }, minEvents: 0, minReadings: 1 }),
  assertion("each.restarts == 0", { allow: { bad: 0, of: 1 }, minEvents: 0, minReadings: 1 }),
];

function asserting(...texts: readonly string[]): readonly AssertionPolicy[] {
  return [...texts.map((text) => assertion(text)), ...beside];
}

const standing = asserting(p99, errors(0.01), besideOthers);

type Healthy = Partial<Pick<Load, "isBursty" | "cold">> & { readonly rates?: readonly number[] };

function healthy(name: string, service: Service, more: Healthy = {}): Scenario {
  const { isBursty = false, cold } = more;
  const load = { isBursty, cold, edges, before: service, after: () => service };
  return { name, rates: more.rates ?? rates, load, assertions: standing, bad: undefined };
}

/** Near its limits: errors 0.8% of 1%, and 0.8% of the requests beyond the 50 ms that 1% may be beyond (z of 0.8% is 2.409). */
const near: Service = { errors: 0.008, cluster: 1, latency: lognormalBeyond(12, 50, 2.4089) };

/** Errors that come in clusters of so many on average: a retry storm, a dependency that is away for a moment. */
function inClusters(cluster: number): Service {
  return { ...steady, errors: 0.003, cluster };
}

/** A version that is as good as the one before it, under all that traffic does. */
export const healthyScenarios: readonly Scenario[] = [
  healthy("steady", steady),
  healthy("bursts x5, errors in clusters", inClusters(3), { isBursty: true }),
  healthy("heavy tail, p99 at 35 ms", { ...steady, latency: lomax(35, 1.5) }),
  healthy("idle", steady, { rates: [0.1] }),
  healthy("cold for 5 s", steady, { cold: 5_000 }),
  healthy("0.8% errors, 0.8% > 50 ms", near),
];

function bad(
  name: string,
  before: Service,
  after: Service,
  texts: readonly string[],
  more: Partial<Load> = {},
): Scenario {
  const load = { isBursty: false, cold: undefined, edges, before, after: () => after, ...more };
  return { name, rates, load, assertions: asserting(...texts), bad: 0 };
}

const at45: Service = { ...steady, latency: lognormal(15.4, 45) };
const at54: Service = { ...steady, latency: lognormal(18.48, 54) };
const at70: Service = { ...steady, latency: lognormal(24, 70) };

/** Edges a tenth apart where it matters, as native histograms have them. */
const fine = [5, 10, 25, ...Array.from({ length: 13 }, (_, at) => 50 * 1.1 ** (at - 6)), 100, 250, 500, 1000];

/** The last stage's fourth host: one bad machine of twelve. */
const badHost = 6;

function oneOfTwelve(errors: number, name: string, texts: readonly string[]): Scenario {
  const failing = { ...steady, errors };
  const after = (host: number) => (host === badHost ? failing : steady);
  return { ...bad(name, steady, steady, texts, { after }), bad: badHost };
}

export const badScenarios: readonly Scenario[] = [
  bad("errors 0.1% to 1%, limit 0.5%", steady, { ...steady, errors: 0.01 }, [p99, errors(0.005)]),
  bad("errors 1% to 5%, limit 2%", { ...steady, errors: 0.01 }, { ...steady, errors: 0.05 }, [p99, errors(0.02)]),
  bad("p99 35 to 70 ms, limit 50", steady, at70, [p99, errors(0.01)]),
  bad("p99 45 to 54 ms, limit 50", at45, at54, [p99, errors(0.01)]),
  bad("p99 +20%, 1.1 x baseline", at45, at54, ["p99_latency <= 1.1 * baseline.p99_latency", errors(0.01)]),
  bad("the same, fine buckets", at45, at54, ["p99_latency <= 1.1 * baseline.p99_latency", errors(0.01)], {
    edges: fine,
  }),
  oneOfTwelve(0.2, "one host 20% errors, pooled", [p99, errors(0.01), besideOthers]),
  oneOfTwelve(0.1, "one host 10% errors, pooled", [p99, errors(0.01), besideOthers]),
  oneOfTwelve(0.1, "one host 10% errors, each.", [p99, "each.error_rate < 0.01", besideOthers]),
];

/** Healthy, and told apart: beyond what the gate promises. The warm-up is too short, or errors are hardly ever alone. */
const tooCold = healthy("cold 3 s beyond warm-up", steady, { cold: warmup + 3_000 });
const tooClustered = healthy("bursts x5, clusters of ten", inClusters(10), { isBursty: true });
export const apartScenarios: readonly Scenario[] = [tooCold, tooClustered];

/** Every scenario, by the number that cases name it with: new ones come last, so that a seed goes on naming the same traffic. */
export const allScenarios: readonly Scenario[] = [...healthyScenarios, tooCold, ...badScenarios, tooClustered];
