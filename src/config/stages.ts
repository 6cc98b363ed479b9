import type { StagePolicy } from "../core/component.ts";
import { carrying, type Fleet, type Host } from "../core/fleet.ts";
import type { Finding, Path } from "./document.ts";
import { nearest } from "./nearest.ts";
import { phrase } from "./phrase.ts";
import type { StageSpec } from "./stage-schema.ts";

type Labels = Readonly<Record<string, string>>;

const usualBake = 5 * 60 * 1000;

/** The stages as written; or the cohorts by nesting, without those that bring no host of the component. */
export function stagesOf(
  written: readonly StageSpec[] | undefined,
  fleet: Fleet,
  labels: Labels,
): readonly StagePolicy[] {
  if (written !== undefined) return written.map(policy);
  const added = fleet.cohorts.filter(({ name, hosts }) => carrying(hosts, labels).some((host) => host.cohort === name));
  return added.map(({ name }) => ({ cohort: name, share: undefined, bake: usualBake, maxFailed: undefined }));
}

function policy(stage: StageSpec): StagePolicy {
  const bake = typeof stage.bake === "number" ? stage.bake : stage.bake.min;
  return { cohort: stage.cohort, share: stage.share, bake, maxFailed: stage.max_failed };
}

/** Stages that name no cohort, or that have no host left to change: an empty canary would pass on nothing. */
export function stageFindings(
  stages: readonly StageSpec[],
  fleet: Fleet,
  labels: Labels,
  path: Path,
): readonly Finding[] {
  const done = new Set<Host>();
  return stages.flatMap((stage, index) => {
    const at = [...path, index, "cohort"];
    const cohort = fleet.cohorts.find(({ name }) => name === stage.cohort);
    if (cohort === undefined) return [unknownCohort(stage.cohort, fleet, at)];
    const left = carrying(cohort.hosts, labels).filter((host) => !done.has(host));
    if (stage.share === undefined) for (const host of left) done.add(host);
    return left.length > 0 ? [] : [nothingLeft(stage.cohort, at)];
  });
}

export function unknownCohort(name: string, fleet: { cohorts: readonly { name: string }[] }, path: Path): Finding {
  const names = fleet.cohorts.map((cohort) => cohort.name);
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
