import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import type { Fetched, Place, Source } from "./source.ts";
import { fill, versionIn } from "./template.ts";

export const DirSpec = z
  .strictObject({
    type: z.literal("dir"),
    path: z
      .string()
      .includes("{version}")
      .meta({
        description:
          "Where a version lies: a folder or a .tar.gz, relative to the config's folder. `{version}` and `{component}` may stand in it.",
        examples: ["releases/{version}", "releases/api-{version}.tar.gz"],
      }),
  })
  .meta({
    description: "Folders or archives on this machine. Folders are packed so that equal files give an equal digest.",
    examples: [{ type: "dir", path: "releases/{version}" }],
  });

export type DirSpec = z.infer<typeof DirSpec>;

export const dir: Source<DirSpec> = {
  async list(spec, place) {
    const found = await versionsOf(fill(spec.path, { component: place.component }), place);
    return { versions: found, tags: {} };
  },

  fetch(spec, version, place) {
    return at(resolve(place.root, fill(spec.path, { component: place.component, version })));
  },
};

/** A folder or an archive at a path, whatever its name ends in; nothing there is an unknown version. */
export async function at(path: string): Promise<Fetched> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return { type: "unknown" };
  if (stats.isDirectory()) return { type: "folder", path };
  return stats.isFile() ? { type: "archive", path, expected: undefined } : { type: "unknown" };
}

/** Reads the one folder in which the versions' names differ; what is missing further down is no version. */
async function versionsOf(pattern: string, place: Place): Promise<readonly string[]> {
  const parts = pattern.split("/");
  const index = parts.findIndex((part) => part.includes("{version}"));
  const names = await readdir(resolve(place.root, join(...parts.slice(0, index), ".") || "/")).catch(() => []);
  const versions = names.flatMap((name) => versionIn(parts[index] ?? "", name) ?? []);
  const there = await Promise.all(versions.map((version) => at(resolve(place.root, fill(pattern, { version })))));
  return versions.filter((_, number) => there[number]?.type !== "unknown");
}
