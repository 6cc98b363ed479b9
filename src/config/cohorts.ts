import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { CohortSpec, EntrySpec } from "./cohort-schema.ts";
import { about, type Complaint } from "./complaint.ts";
import type { Document, Finding } from "./document.ts";
import type { Environment } from "./expand.ts";
import { readYaml, shownPath } from "./file.ts";
import { type Inventory, runInventory } from "./inventory.ts";
import { findingsOf } from "./issue.ts";
import { outlineOf } from "./outline.ts";
import { prune } from "./prune.ts";
import { isWord } from "./scalars.ts";

/** What is left of a file when the hosts that had a complaint are gone. */
const Salvaged = CohortSpec.extend({ hosts: z.array(EntrySpec.or(z.undefined())).default([]) });

/** A cohort's file, read. `essential` complaints leave doubt about which hosts are meant; a recovery lives with the others. */
export type CohortFile = {
  readonly name: string;
  readonly document: Document;
  readonly spec: z.output<typeof Salvaged>;
  readonly inventory: Inventory | undefined;
};

export type CohortFiles = {
  readonly cohorts: readonly CohortFile[];
  readonly essential: readonly Complaint[];
  readonly minor: readonly Complaint[];
};

export type Where = { readonly root: string; readonly cwd: string; readonly env: Environment };

/** How long an inventory program may take, ms. */
const inventoryWithin = 30_000;

/** Reads every file of `cohorts/` beside the config, and asks the inventory programs that they name. */
export async function readCohorts(where: Where): Promise<CohortFiles> {
  const folder = join(where.root, "cohorts");
  const files = (await list(folder)).filter((file) => /\.ya?ml$/.test(file)).sort();
  const read = await Promise.all(files.map((file) => readCohort(folder, file, where)));
  const none = about(
    shownPath(folder, where.cwd),
    "there is no cohort",
    "a file such as cohorts/all.yaml with hosts: [api-01]",
  );
  return {
    cohorts: read.flatMap(({ cohorts }) => cohorts),
    essential: [...read.flatMap(({ essential }) => essential), ...(files.length === 0 ? [none] : [])],
    minor: read.flatMap(({ minor }) => minor),
  };
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function readCohort(folder: string, file: string, where: Where): Promise<CohortFiles> {
  const name = file.replace(/\.ya?ml$/, "");
  const { document, complaints } = await readYaml(join(folder, file), where.cwd);
  if (document === undefined) return { cohorts: [], essential: complaints, minor: [] };
  if (!isWord(name))
    return { cohorts: [], essential: [about(document.file, "this file's name cannot be a cohort's")], minor: [] };
  const { spec, essential, minor } = checked(document);
  if (spec === undefined) return { cohorts: [], essential, minor };
  const inventory = spec.from === undefined ? undefined : await ask(spec.from, folder, name, where.env);
  const trouble = inventory?.type === "failed" ? [document.locate(fromInventory(inventory))] : [];
  return { cohorts: [{ name, document, spec, inventory }], essential, minor: [...minor, ...trouble] };
}

function ask(run: string, folder: string, cohort: string, env: Environment): Promise<Inventory> {
  return runInventory({ run, folder, cohort, env, within: inventoryWithin });
}

function fromInventory({ message, expected }: Extract<Inventory, { type: "failed" }>): Finding {
  return { path: ["from"], message, expected };
}

function checked(document: Document) {
  const value = document.value ?? {};
  const parsed = CohortSpec.safeParse(value);
  if (parsed.success) return { spec: parsed.data, essential: [], minor: [] };
  const { issues } = parsed.error;
  const complaints = findingsOf(issues, value, outlineOf(CohortSpec), document).map(document.locate);
  const left = Salvaged.safeParse(prune(value, issues, (path) => (path[0] === "hosts" ? 2 : 1)));
  const harmless = issues.every((issue) => issue.code === "unrecognized_keys");
  return {
    spec: left.success ? left.data : undefined,
    essential: harmless ? [] : complaints,
    minor: harmless ? complaints : [],
  };
}
