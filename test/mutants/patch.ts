import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Plugin } from "esbuild";

/** One change of one source file: `from` stands in it exactly once. `file` is from the repository's root. */
export type Patch = { readonly file: string; readonly from: string; readonly to: string };

/** The source with the patch; a patch that does not fit exactly once is an error, so that the table stays true. */
export function patched(source: string, { file, from, to }: Patch): string {
  const [before, after, ...more] = source.split(from);
  if (before === undefined || after === undefined) throw new Error(`${file} has no: ${from}`);
  if (more.length > 0) throw new Error(`${file} has ${more.length + 1} times: ${from}`);
  return before + to + after;
}

/** Changes sources while they are bundled; what lies on the disk stays as it is. */
export function patching(root: string, patches: readonly Patch[]): Plugin {
  return {
    name: "mutant",
    setup: (build) => {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const mine = patches.filter(({ file }) => file === relative(root, path));
        if (mine.length === 0) return undefined;
        return { contents: mine.reduce(patched, await readFile(path, "utf8")), loader: "ts" };
      });
    },
  };
}
