import { enginePart } from "./engine-part.ts";
import type { Patch } from "./patch.ts";
import { protocolPart } from "./protocol-part.ts";

/** A protocol or an engine with one flaw, which the simulation has to find. */
export type Mutant = {
  readonly name: string;
  /** What it breaks, and how that would show. */
  readonly why: string;
  readonly patches: readonly Patch[];
  /** What is known to find it, and tried first: storms (`17`, `1..40`), a drill, or a scenario of the kill points. */
  readonly hint: string;
};

/** All of facts/faults.md 6.2 in ship's words, and more. */
export const mutants: readonly Mutant[] = [...protocolPart, ...enginePart];
