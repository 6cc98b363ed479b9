import type { Note } from "./matrix.ts";

/** Where the design decides otherwise than the matrix, and what no test on one machine can show. */
export const notes: Readonly<Record<number, Note>> = {
  3: { design: "another digest is another release: it is staged anew, and the unfinished one is superseded" },
  4: { design: "a host is known by its address and host key; no machine id is read" },
  5: {
    design: "no snapshot is kept: the next run plans on the fleet as it is, and takes over every host that answers",
  },
  11: { design: "it goes on within the budgets: hosts that could not be fenced count as down and as failed" },
  14: { design: "no database takes part in safety: fences and records lie on the hosts" },
  15: { design: "there is no lock to force: a higher generation takes over, and the old run is fenced out" },
  16: { design: "components have records and locks of their own; there is no mutex for the restarts of a host" },
  38: { design: "the size is what HTTP declares, else cut at 4 GiB; a host takes exactly the declared bytes" },
  39: { design: "no signatures: the artifact is pinned by its digest, and a bad mark or another digest refuses it" },
  46: {
    design: "power cuts of memory are run; the disk's own cache is argued from the order of syncs, which a test reads",
  },
  51: {
    design: "power cuts of memory are run; the disk's own cache is argued from the order of syncs, which a test reads",
  },
  77: { design: "ends 4 with environment, as hosts are out of service then" },
};
