import type { StagePolicy } from "../core/component.ts";
import { carrying, type Fleet } from "../core/fleet.ts";
import type { Finding, Path } from "./document.ts";
import type { Known } from "./fleet.ts";
import { nearest } from "./nearest.ts";
import { phrase } from "./phrase.ts";
import type { StageSpec } from "./stage-schema.ts";

type Labels = Readonly<Record<string, string>>;

const usualBake = 5 * 60 * 1000;

/** The stages as written; or the cohorts by nesting, without those that bring no host of the component. */
export function stagesOf(
  written: readonly (StageSpec | undefined)[] | undefined,
  fleet: Fleet,
  labels: Labels,
): readonly StagePolicy[] {
  if (written !== undefined) return written.flatMap((stage) => (stage === undefined ? [] : [policy(stage)]));
  const added = fleet.cohorts.filter(({ name, hosts }) => carrying(hosts, labels).some((host) => host.cohort === name));
  return added.map(({ name }) => ({
    cohort: name,
    share: undefined,
    bake: usualBake,
    longestBake: usualBake,
    maxFailed: undefined,
  }));
}

function policy(stage: StageSpec): StagePolicy {
  const { min, max } = typeof stage.bake === "number" ? { min: stage.bake, max: stage.bake } : stage.bake;
  const { cohort, share, max_failed: maxFailed, approve } = stage;
  return { cohort, share, bake: min, longestBake: max, maxFailed, ...(approve ? { approve } : {}) };
}

/** Stages (undefined: one that its schema refused) that name no cohort, or that have no host left to change. */
export function stageFindings(
  stages: readonly (StageSpec | undefined)[],
  known: Known,
  labels: Labels,
  path: Path,
): readonly Finding[] {
  const named = stages.map((stage, index) => ({ stage, at: [...path, index, "cohort"] }));
  const unknown = named.flatMap(({ stage, at }) =>
    stage === undefined || known.names.includes(stage.cohort) ? [] : [unknownCohort(stage.cohort, known.names, at)],
  );
  if (!known.complete || unknown.length > 0) return known.names.length === 0 ? [] : unknown;
  const done = new Set<string>();
  return named.flatMap(({ stage, at }) =>
    stage === undefined || changes(stage, known.fleet, labels, done) ? [] : [nothingLeft(stage.cohort, at)],
  );
}

/** Has the stage a host to change? An empty canary would pass on nothing. Notes in `done` those that it takes. */
function changes(stage: StageSpec, fleet: Fleet, labels: Labels, done: Set<string>): boolean {
  const hosts = fleet.cohorts.find(({ name }) => name === stage.cohort)?.hosts ?? [];
  const left = carrying(hosts, labels).filter((host) => !done.has(host.name));
  if (stage.share === undefined) for (const host of left) done.add(host.name);
  return left.length > 0;
}

export function unknownCohort(name: string, names: readonly string[], path: Path): Finding {
  const meant = nearest(name, names);
  return { path, message: `there is no cohort "${name}"`, expected: phrase(names), nearest: meant };
}

function nothingLeft(cohort: string, path: Path): Finding {
  return {
    path,
    message: `the stage "${cohort}" has no host to change: earlier stages have them all, or none carries the component`,
    expected: "a cohort that adds hosts to the stages before it",
  };
}
