import * as z from "zod";
import type { Component, HealthCheck } from "../core/component.ts";
import type { Fleet } from "../core/fleet.ts";
import { probeMetrics, probeNames } from "../metrics/probe.ts";
import { metricOf } from "../metrics/shape.ts";
import { addressFindings } from "./addresses.ts";
import { assertionsOf, lateFindings } from "./asserted.ts";
import { AssertionSpec } from "./assertion-schema.ts";
import { carrierFindings } from "./carriers.ts";
import { comparedOf } from "./compare.ts";
import { ComponentSpec } from "./component-schema.ts";
import type { Finding, Path } from "./document.ts";
import { fetchFindings } from "./fetched.ts";
import type { Known } from "./fleet.ts";
import type { HealthSpec } from "./health-schema.ts";
import { valueAt } from "./issue.ts";
import { processOf } from "./process.ts";
import { StageSpec } from "./stage-schema.ts";
import { stageFindings, stagesOf } from "./stages.ts";

/** What is left of a component when the parts that had a complaint are gone; the defaults stand for them. */
const Salvaged = ComponentSpec.partial({ source: true, path: true, activate: true }).extend({
  stages: z.array(StageSpec.or(z.undefined())).optional(),
  assertions: z.array(AssertionSpec.or(z.undefined())).default([]),
});
type Salvaged = ReturnType<typeof Salvaged.parse>;

/** A component without the folder that its config lies in. */
export type Unplaced = Omit<Component, "root">;

export type Read = { readonly component: Unplaced | undefined; readonly findings: readonly Finding[] };

/**
 * One component, from what its schema left of it (`pruned`). `written` is all of it, so that one mistake is not told
 * twice: a metric with a wrong key is still a metric that may be asserted.
 */
export function readComponent(name: string, pruned: unknown, written: unknown, known: Known): Read {
  const parsed = Salvaged.safeParse(pruned);
  if (!parsed.success) return { component: undefined, findings: [] };
  const spec = parsed.data;
  const path: Path = ["components", name];
  const hasHealth = valueAt(written, ["healthy"]) !== undefined;
  const names = metricNames(written);
  const asserted = assertionsOf(spec.assertions, names, hasHealth, [...path, "assertions"]);
  const own = policy(name, spec, known.fleet);
  const compared = comparedOf(spec.compare, own.metrics, names, [...path, "compare"]);
  const findings = [
    ...asserted.findings,
    ...compared.findings,
    ...lateFindings(spec.assertions, own.stages, [...path, "assertions"]),
    ...carrierFindings(spec.hosts, spec.path, known, path),
    ...addressFindings(written, spec.hosts, known, path),
    ...stageFindings(spec.stages ?? [], known, spec.hosts, [...path, "stages"]),
    ...fetchFindings(spec, path),
    ...(hasHealth || valueAt(written, ["assertions", 0]) !== undefined ? [] : [withoutProof([...path, "healthy"])]),
  ];
  const added = compared.policies.filter(({ text }) => !asserted.policies.some((policy) => policy.text === text));
  const assertions = [...asserted.policies, ...added].map((one) => {
    return own.gate === "observe" ? { ...one, observeOnly: true } : one;
  });
  const component = { ...own, assertions };
  return { component: spec.path === undefined ? undefined : component, findings };
}

/** Those of a metric or a probe with a complaint too. */
function metricNames(written: unknown): readonly string[] {
  const declared = Object.keys(Object(valueAt(written, ["metrics"]) ?? {}));
  return [...declared, ...(valueAt(written, ["probe"]) === undefined ? [] : probeNames)];
}

function withoutProof(path: Path): Finding {
  return {
    path,
    at: "key",
    message: "nothing shows whether this component is well: it has neither `healthy` nor assertions",
    expected: "healthy: { type: http, url: … }, or assertions",
  };
}

function policy(name: string, spec: Salvaged, fleet: Fleet): Omit<Component, "root" | "assertions"> {
  const { path = "", source = { type: "" }, activate = "", hosts, shared, env, deactivate, drain, undrain } = spec;
  return {
    ...{ name, source, hosts, path, shared, env, activate, deactivate, drain, undrain },
    ...{ once: spec.once, keep: spec.keep, warmup: spec.warmup, fetch: spec.fetch, spread: spec.spread },
    activateWithin: spec.activate_within,
    healthy: spec.healthy === undefined ? undefined : healthCheck(spec.healthy),
    process: processOf(spec.process, activate),
    stages: stagesOf(spec.stages, fleet, hosts),
    maxUnavailable: spec.max_unavailable,
    maxFailed: spec.max_failed,
    rollback: { maxUnavailable: spec.rollback.max_unavailable },
    onFailure: spec.on_failure,
    onBlind: spec.on_blind,
    ...(spec.remedy === undefined ? {} : { remedy: spec.remedy }),
    gate: spec.gate,
    falseRollbacks: spec.false_rollbacks,
    metrics: [
      ...Object.entries(spec.metrics).map(([metric, specs]) => metricOf(metric, specs)),
      ...(spec.probe === undefined ? [] : probeMetrics(spec.probe)),
    ],
  };
}

function healthCheck(spec: HealthSpec): HealthCheck {
  const { within, for: lasting, proof } = spec;
  const usual = spec.type === "http" ? "version" : "process";
  return { how: howOf(spec), within, for: lasting, proof: proof ?? usual };
}

function howOf(spec: HealthSpec): HealthCheck["how"] {
  if (spec.type === "http") return { type: "http", url: spec.url, status: spec.status };
  if (spec.type === "tcp") return { type: "tcp", address: spec.address, port: spec.port };
  return { type: "exec", run: spec.run };
}
