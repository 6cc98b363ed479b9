import type { AssertionPolicy, Component, HealthCheck, MetricPolicy, Part } from "../core/component.ts";
import { renamed } from "../core/expression.ts";
import { carrying, type Fleet, type Host } from "../core/fleet.ts";
import { metricIn } from "../core/parts.ts";
import { isStanding } from "../core/sick.ts";
import { stagesTogether } from "./stages.ts";
import { strictest } from "./strictest.ts";

/** A service that reads the change, by its component's name, and how the change travels in that one alone. */
export type Service = Pick<Part, "name" | "component">;

/**
 * One component of several services: it is rolled out over the hosts of all of them, in the same cohorts, and judged by what
 * each of them asserts of its own hosts. Where they differ, what is more careful holds.
 */
export function joined(first: Component, services: readonly Service[], fleet: Fleet): Component {
  const parts = services.map((service) => ({ ...service, hosts: namesOf(service, services, fleet) }));
  const all = services.map(({ component }) => component);
  const size = parts.reduce((sum, { hosts }) => sum + hosts.size, 0);
  const isAny = (says: (component: Component) => boolean) => all.some(says);
  return {
    ...first,
    hosts: {},
    parts,
    stages: stagesTogether({ components: all, size }, fleet),
    healthy: longest(all.flatMap(({ healthy }) => healthy ?? [])),
    keep: Math.max(...all.map(({ keep }) => keep)),
    maxFailed: strictest(
      all.map(({ maxFailed }) => maxFailed),
      size,
    ),
    // The way back is open to all of them: what one of them breaches is taken from the others, too.
    onFailure: isAny(({ onFailure }) => onFailure === "rollback") ? "rollback" : "hold",
    onBlind: isAny(({ onBlind }) => onBlind === "rollback") ? "rollback" : "hold",
    gate: isAny(({ gate }) => gate === "enforce") ? "enforce" : "observe",
    falseRollbacks: Math.min(...all.map(({ falseRollbacks }) => falseRollbacks)),
    warmup: Math.max(...all.map(({ warmup }) => warmup)),
    metrics: parts.flatMap(metricsIn),
    assertions: [...standing(parts), ...parts.flatMap(assertionsIn)],
  };
}

/** The fleet as a component sees it: a server with several of its services is as many places, each with a name of its own. */
export function placesOf({ parts }: Pick<Component, "parts">, fleet: Fleet): Fleet {
  if (parts === undefined) return fleet;
  const cohorts = fleet.cohorts.map((cohort) => ({
    ...cohort,
    hosts: cohort.hosts.flatMap((host) => parts.flatMap((part) => placeOf(part, parts, host) ?? [])),
  }));
  return { cohorts };
}

/** The servers' own names do for those with one service. No host's name has a slash in it. */
function placeOf(service: Service, services: readonly Service[], host: Host): Host | undefined {
  const isHere = ({ component }: Service) => carrying([host], component.hosts).length > 0;
  if (!isHere(service)) return undefined;
  const isAlone = services.filter(isHere).length === 1;
  return isAlone ? host : { ...host, name: `${host.name}/${service.name}`, server: host.name };
}

function namesOf(service: Service, services: readonly Service[], fleet: Fleet): ReadonlySet<string> {
  const hosts = fleet.cohorts.flatMap((cohort) => cohort.hosts);
  return new Set(hosts.flatMap((host) => placeOf(service, services, host)?.name ?? []));
}

function metricsIn({ name, component, hosts }: Part): readonly MetricPolicy[] {
  return component.metrics.map((metric) => ({ ...metric, name: metricIn(name, metric.name), on: hosts }));
}

/** Two services may assert the same of metrics of the same name, and mean two things. */
function assertionsIn({ name, component, hosts }: Part): readonly AssertionPolicy[] {
  const own = new Set(component.metrics.map((metric) => metric.name));
  const called = (metric: string) => (own.has(metric) ? metricIn(name, metric) : metric);
  return component.assertions
    .filter((policy) => !isForAll(policy))
    .map((policy) => ({
      ...policy,
      text: `${name}: ${policy.text}`,
      condition: renamed(policy.condition, called),
      compare: policy.compare === undefined ? undefined : { ...policy.compare, metric: called(policy.compare.metric) },
      on: hosts,
    }));
}

/** What every service is held to is one assertion, of the hosts of all that are. */
function standing(parts: readonly Part[]): readonly AssertionPolicy[] {
  const found = new Map<string, AssertionPolicy>();
  for (const { component, hosts } of parts)
    for (const policy of component.assertions.filter(isForAll)) {
      const before = found.get(policy.text);
      found.set(policy.text, { ...(before ?? policy), on: new Set([...(before?.on ?? []), ...hosts]) });
    }
  return [...found.values()];
}

function isForAll({ text, observeOnly }: AssertionPolicy): boolean {
  return isStanding(text) && !observeOnly;
}

/** Each is asked as its own service says; this is how long that may take. */
function longest(checks: readonly HealthCheck[]): HealthCheck | undefined {
  const [first] = checks;
  if (first === undefined) return undefined;
  const within = Math.max(...checks.map((check) => check.within));
  return { ...first, within, for: Math.max(...checks.map((check) => check.for)) };
}
