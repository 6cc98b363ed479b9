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

const options = {
  part: { type: "boolean", default: false },
  "with-tests": { type: "boolean", default: false },
  cell: { type: "string" },
  json: { type: "string" },
} as const;

/** Reads `--part`, `--with-tests`, `--cell N`, `--json FILE`; a sentence where it was asked for something else. */
export function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({ args: [...args], options });
    const cell = values.cell === undefined ? undefined : Number(values.cell);
    if (cell !== undefined && !(cell >= 1 && cell <= 80)) return `--cell ${values.cell}: there are 1 to 80`;
    return { part: values.part, tests: values["with-tests"], cell, json: values.json };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
