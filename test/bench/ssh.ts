import { writeFileSync } from "node:fs";
import { askedOf } from "./ssh/asked.ts";
import { far } from "./ssh/far.ts";
import { runInside } from "./ssh/namespace.ts";
import { ansible, observe } from "./ssh/observe.ts";
import { oneHost } from "./ssh/one-host.ts";
import { has, surroundings } from "./ssh/peers.ts";
import { place } from "./ssh/place.ts";
import { plan } from "./ssh/plan.ts";
import { tellPlanned } from "./ssh/planned.ts";
import { openProject } from "./ssh/project.ts";
import { startRig } from "./ssh/rig.ts";
import { rollback, stages, whole } from "./ssh/roll.ts";
import { absent, type Part, type Row, tableText } from "./ssh/row.ts";
import { start } from "./ssh/start.ts";

export const about = "what ship costs over SSH against what people use instead";

/** Every part of the table, in its order. */
const parts: Readonly<Record<string, Part>> = {
  observe,
  "one-host": oneHost,
  ansible,
  place,
  rollback,
  stages,
  whole,
  plan,
  far,
  start,
};

/** Runs the parts that were asked for, in namespaces of their own, and prints a table. See `askedOf` for the options. */
export async function bench(options: readonly string[]): Promise<void> {
  const [word, count] = options;
  if (word === "--planned") return tellPlanned(Number(count));
  const asked = askedOf(options);
  if (asked.inside === undefined) return runInside(options);
  const chosen = Object.entries(parts).filter(([name]) => name.includes(asked.row));
  const rig = await startRig(asked.inside, Math.max(asked.many, asked.some));
  const about = surroundings();
  const rows: Row[] = [];
  try {
    for (const [name, part] of chosen) {
      process.stderr.write(`${name} …\n`);
      rows.push(...(await rowsOf(name, part, { asked, rig, project: openProject(rig, asked.profile) })));
    }
  } finally {
    rig.stop();
  }
  process.stdout.write(`${about}\n${tableText(rows)}`);
  if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify({ about, rows }, undefined, 1)}\n`);
}

/** A part that fails leaves the others to be measured. */
async function rowsOf(name: string, part: Part, bench: Parameters<Part["rows"]>[0]): Promise<readonly Row[]> {
  const missing = part.needs.filter((program) => !has(program));
  if (missing.length > 0) return [absent(name, missing)];
  try {
    return await part.rows(bench);
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return [{ work: name, ship: "failed", peer: "", ratio: "", bar: "", isMet: false }];
  }
}

export function work(): void {
  throw new Error("this benchmark uses no threads");
}
