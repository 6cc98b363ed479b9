import * as z from "zod";
import { CommandSpec } from "./command.ts";
import { DirSpec } from "./dir.ts";
import { GitSpec } from "./git.ts";
import { HttpSpec } from "./http.ts";
import { NpmSpec } from "./npm.ts";

/** A component's `source`, as it is written in the config; `type` names the source. */
export const SourceSpec = z.discriminatedUnion("type", [DirSpec, HttpSpec, GitSpec, NpmSpec, CommandSpec]);

export type SourceSpec = z.infer<typeof SourceSpec>;
