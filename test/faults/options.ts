import { parseArgs } from "node:util";

/** What `npm run faults` was asked for. */
export type Options = {
  /** What fits into some minutes: fewer schedules, and of the long tests a seeded part. */
  readonly part: boolean;
  /** With all of `npm test`, and not only its files that name a cell; the test runner's summary comes last. */
  readonly tests: boolean;
  /** Only the files that name this cell, and nothing else. */
  readonly cell: number | undefined;
  /** Where the result goes as JSON. */
  readonly json: string | undefined;
};

/** Reads `--part`, `--with-tests`, `--cell N`, `--json FILE`. Throws a TypeError that names what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: "boolean" },
      "with-tests": { type: "boolean" },
      cell: { type: "string" },
      json: { type: "string" },
    },
  });
  const cell = values.cell === undefined ? undefined : Number(values.cell);
  if (cell !== undefined && !(cell >= 1 && cell <= 80)) throw new TypeError(`--cell ${values.cell}: there are 1 to 80`);
  return { part: values.part ?? false, tests: values["with-tests"] ?? false, cell, json: values.json };
}
