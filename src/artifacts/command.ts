import { join, resolve } from "node:path";
import * as z from "zod";
import { ShipError } from "../core/error.ts";
import { printable } from "../core/escape.ts";
import { at } from "./dir.ts";
import { quoted } from "./entry.ts";
import { lastLines, run } from "./program.ts";
import type { Source } from "./source.ts";
import { fill } from "./template.ts";

export const CommandSpec = z
  .strictObject({
    type: z.literal("command"),
    run: z
      .string()
      .min(1)
      .meta({
        description:
          "A command for sh, run in the config's folder with SHIP_VERSION and SHIP_COMPONENT. The last line that it prints is the path of a folder or a .tar.gz.",
        examples: ["./build.sh {version}"],
      }),
  })
  .meta({
    description: "A program that makes or fetches a version and prints where it lies.",
    examples: [{ type: "command", run: "./build.sh {version}" }],
  });

export type CommandSpec = z.infer<typeof CommandSpec>;

/** A build may take long; an hour is for one that hangs. */
const within = 3_600_000;

export const command: Source<CommandSpec> = {
  /** A program is asked for one version. */
  async list() {
    return undefined;
  },

  async fetch(spec, version, place) {
    const { component } = place;
    const out = join(place.scratch, "stdout");
    const err = join(place.scratch, "stderr");
    const env = { ...place.env, SHIP_VERSION: version, SHIP_COMPONENT: component };
    const line = fill(spec.run, { version, component });
    const ran = await run("sh", ["-c", line], { cwd: place.root, env, within, out, err });
    if (ran.code !== 0) throw refuse(component, ran.ended, await lastLines(err, 20));
    const path = (await lastLines(out, 1))[0];
    if (path === undefined) throw refuse(component, "printed no path", await lastLines(err, 20));
    const fetched = await at(resolve(place.root, path));
    if (fetched.type === "unknown") throw refuse(component, `printed a path at which nothing is: ${quoted(path)}`, []);
    return fetched;
  },
};

/** Without the command itself, which may hold a secret of the environment. */
function refuse(component: string, why: string, tail: readonly string[]): ShipError {
  return new ShipError("refused", `the command that is ${component}'s source ${why}`, {
    hint: "Its last line on stdout must be the path of a folder or a .tar.gz, and its exit code 0.",
    details: tail.map((text) => printable(text, { ci: true })),
  });
}
