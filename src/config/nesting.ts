import type { CohortFile } from "./cohorts.ts";
import type { Complaint } from "./complaint.ts";
import { unknownCohort } from "./stages.ts";

export type Nested = { readonly order: readonly CohortFile[]; readonly complaints: readonly Complaint[] };

/** Cohorts from the innermost out. They must be a chain: each includes, itself or through others, the one before it. */
export function nested(files: readonly CohortFile[]): Nested {
  const unknown = files.flatMap((file) => unknownIncludes(file, files));
  const reach = new Map(files.map((file) => [file.name, reachable(file.name, files)] as const));
  const circular = files.filter((file) => reach.get(file.name)?.has(file.name));
  if (unknown.length > 0) return { order: [], complaints: unknown };
  if (circular.length > 0) return { order: [], complaints: circular.map(inCircle) };
  const order = files.toSorted((a, b) => (reach.get(a.name)?.size ?? 0) - (reach.get(b.name)?.size ?? 0));
  const apart = order.flatMap((file, index) => {
    const inner = order[index - 1];
    return inner === undefined || reach.get(file.name)?.has(inner.name) ? [] : [notNested(inner, file)];
  });
  return { order, complaints: apart };
}

function unknownIncludes(file: CohortFile, files: readonly CohortFile[]): readonly Complaint[] {
  return file.spec.includes.flatMap((name, index) =>
    files.some((other) => other.name === name)
      ? []
      : [file.document.locate(unknownCohort(name, others(file, files), ["includes", index]))],
  );
}

function others(file: CohortFile, files: readonly CohortFile[]): readonly string[] {
  return files.flatMap(({ name }) => (name === file.name ? [] : [name]));
}

/** All that a cohort includes, through others too; itself only when it goes in a circle. */
function reachable(name: string, files: readonly CohortFile[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const inner of files.find((file) => file.name === next)?.spec.includes ?? []) {
      if (!found.has(inner)) open.push(inner);
      found.add(inner);
    }
  }
  return found;
}

function inCircle(file: CohortFile): Complaint {
  return file.document.locate({
    path: ["includes"],
    message: `the cohort "${file.name}" includes itself, through others or at once`,
    expected: "cohorts that go from the inside out",
  });
}

function notNested(inner: CohortFile, outer: CohortFile): Complaint {
  return outer.document.locate({
    path: ["includes"],
    message: `the cohorts "${inner.name}" and "${outer.name}" do not nest: neither includes the other`,
    expected: `includes: [${inner.name}] here, or the other way round`,
  });
}
