import type { Note } from "./matrix.ts";

/** Where the design decides otherwise than the matrix, and what no test on one machine can show. */
export const notes: Readonly<Record<number, Note>> = {
  4: { design: "a host is known by its address and host key; no machine id is read" },
  14: { design: "no database takes part in safety: fences and records lie on the hosts" },
  39: { design: "no signatures: the artifact is pinned by its digest, and a bad mark or another digest refuses it" },
};
