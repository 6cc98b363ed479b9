import type { Component, StagePolicy } from "../core/component.ts";
import type { Fleet } from "../core/fleet.ts";
import { strictest } from "./strictest.ts";

/** `size`: how many hosts they have together. */
type Together = { readonly components: readonly Component[]; readonly size: number };

/**
 * One row of stages for several components: each cohort in as many steps as the one that takes the most there, each with the
 * longest bake, the fewest failures and any approval that one of them asks for.
 */
export function stagesTogether(together: Together, fleet: Fleet): readonly StagePolicy[] {
  return fleet.cohorts.flatMap(({ name }) => cohortTogether(name, together));
}

function cohortTogether(cohort: string, { components, size }: Together): readonly StagePolicy[] {
  const rows = components.map((component) => ownStages(component, cohort)).filter((row) => row.length > 0);
  const all = rows.flat();
  const steps = rows.reduce<readonly StagePolicy[]>((most, row) => (row.length > most.length ? row : most), []);
  // A row that ends with a share leaves hosts out that another one takes.
  const whole = steps.some(isWhole) ? undefined : all.find(isWhole);
  return [...steps, ...(whole === undefined ? [] : [whole])].map(({ share }, index) => {
    const same = rows.flatMap((row) => (row.length === steps.length ? (row[index] ?? []) : row));
    const policies = same.length === 0 ? all : same;
    const maxFailed = policies.flatMap(({ maxFailed }) => (maxFailed === undefined ? [] : [maxFailed]));
    return {
      cohort,
      share,
      bake: Math.max(...policies.map(({ bake }) => bake)),
      longestBake: Math.max(...policies.map(({ longestBake }) => longestBake)),
      maxFailed: maxFailed.length === 0 ? undefined : strictest(maxFailed, size),
      ...(policies.some(({ approve }) => approve === true) ? { approve: true } : {}),
    };
  });
}

/** With what its own stages say of failures, or the component: where they are put together, one row says it for all. */
function ownStages({ stages, maxFailed }: Component, cohort: string): readonly StagePolicy[] {
  return stages
    .filter((stage) => stage.cohort === cohort)
    .map((stage) => ({ ...stage, maxFailed: stage.maxFailed ?? maxFailed }));
}

function isWhole({ share }: StagePolicy): boolean {
  return share === undefined;
}
