import type { AssertionPolicy, StagePolicy } from "../core/component.ts";
import { compileAssertion } from "./assertion.ts";
import type { AssertionSpec } from "./assertion-schema.ts";
import type { Finding, Path } from "./document.ts";
import { nearest } from "./nearest.ts";
import { phrase } from "./phrase.ts";

/** Metrics that every component has, without an exporter; `healthy` only where a health check says what it is. */
const free = ["restarts", "rss", "cpu"];

type Asserted = { readonly policies: readonly AssertionPolicy[]; readonly findings: readonly Finding[] };

/** Compiles what is asserted (undefined: what its schema refused), and adds what always is. `metrics` are the component's own names. */
export function assertionsOf(
  written: readonly (AssertionSpec | undefined)[],
  metrics: readonly string[],
  hasHealth: boolean,
  path: Path,
): Asserted {
  const known = [...metrics, ...free, ...(hasHealth ? ["healthy"] : [])];
  const texts = written.map((spec) => spec?.assert);
  const compiled = written.flatMap((spec, index) => {
    if (spec === undefined) return [];
    const first = texts.indexOf(spec.assert) === index;
    return [first ? compile(spec, known, [...path, index]) : again(spec, [...path, index])];
  });
  const policies = compiled.flatMap((one) => ("text" in one ? [one] : []));
  const always = [...(hasHealth ? [staysHealthy] : []), doesNotRestart];
  const added = always.filter(({ text }) => !policies.some((policy) => policy.text === text));
  const wrong = compiled.flatMap((one) => ("text" in one ? [] : [one]));
  return { policies: [...policies, ...added], findings: [...wrong, ...weakened(written, always, path)] };
}

/** What is asserted always may be judged in another way, and not be left out: a stage must never pass on nothing. */
function weakened(
  written: readonly (AssertionSpec | undefined)[],
  always: readonly AssertionPolicy[],
  path: Path,
): readonly Finding[] {
  return written.flatMap((spec, index) => {
    if (spec === undefined || !always.some(({ text }) => text === spec.assert)) return [];
    const key = spec.observe_only ? "observe_only" : spec.from === undefined ? undefined : "from";
    if (key === undefined) return [];
    const message = `"${spec.assert}" is asserted always: "${key}" cannot take it out`;
    return [{ path: [...path, index, key], message, expected: "gate: observe, where nothing is to decide" }];
  });
}

/** The text names an assertion in every report: two of the same name could not be told apart. */
function again(spec: AssertionSpec, path: Path): Finding {
  return { path, message: `"${spec.assert}" is asserted twice` };
}

/** An assertion that is judged from a cohort on that has no stage would never be judged at all. */
export function lateFindings(
  written: readonly (AssertionSpec | undefined)[],
  stages: readonly StagePolicy[],
  path: Path,
): readonly Finding[] {
  const cohorts = [...new Set(stages.map(({ cohort }) => cohort))];
  return written.flatMap((spec, index) => {
    const from = spec?.from;
    if (from === undefined || cohorts.length === 0 || cohorts.includes(from)) return [];
    const message = `no stage is for a cohort "${from}", so this would never be judged`;
    return [{ path: [...path, index, "from"], message, expected: phrase(cohorts), nearest: nearest(from, cohorts) }];
  });
}

const usual = "a condition such as p99_latency < 50";

function compile(spec: AssertionSpec, known: readonly string[], path: Path): AssertionPolicy | Finding {
  const compiled = compileAssertion(spec.assert, known);
  if (compiled.type === "complaint")
    return {
      // Where the entry is the text itself, that is what is found there.
      path: [...path, "assert"],
      offset: compiled.start,
      message: compiled.message,
      expected: compiled.hint ?? usual,
      nearest: compiled.nearest,
    };
  return {
    text: spec.assert,
    condition: compiled.condition,
    every: spec.every,
    allow: spec.allow,
    minEvents: spec.min_events,
    minReadings: spec.min_readings,
    observeOnly: spec.observe_only,
    from: spec.from,
    compare: undefined,
  };
}

/** Unhealthy in three of the last five polls: one or two may be a hiccup of the check, three in a row or flapping are not. */
const staysHealthy: AssertionPolicy = {
  text: "each.healthy",
  condition: {
    type: "compare",
    op: "==",
    left: { type: "metric", scope: "each", name: "healthy" },
    right: { type: "number", value: 1 },
  },
  every: undefined,
  allow: { bad: 2, of: 5 },
  minEvents: 0,
  minReadings: 3,
  observeOnly: false,
  from: undefined,
  compare: undefined,
};

const doesNotRestart: AssertionPolicy = {
  ...staysHealthy,
  text: "each.restarts == 0",
  condition: {
    type: "compare",
    op: "==",
    left: { type: "metric", scope: "each", name: "restarts" },
    right: { type: "number", value: 0 },
  },
  allow: { bad: 0, of: 1 },
};
