import * as z from "zod";
import { CommandSpec, command } from "./command.ts";
import { DirSpec, dir } from "./dir.ts";
import { GitSpec, git } from "./git.ts";
import { HttpSpec, http } from "./http.ts";
import { NpmSpec, npm } from "./npm.ts";
import type { Source } from "./source.ts";

/** A component's `source`, as it is written in the config; `type` names the source. */
export const SourceSpec = z.discriminatedUnion("type", [DirSpec, HttpSpec, GitSpec, NpmSpec, CommandSpec]);

export type SourceSpec = z.infer<typeof SourceSpec>;

/** Where versions come from. Leaving one out, or in another's place, does not compile. */
export const sources: Readonly<Record<SourceSpec["type"], Source<SourceSpec>>> = {
  dir,
  http,
  git,
  npm,
  command,
} satisfies { readonly [Type in SourceSpec["type"]]: Source<Extract<SourceSpec, { type: Type }>> };
