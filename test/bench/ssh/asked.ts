import { parseArgs } from "node:util";

/** What was asked for on the command line, and how large each part is by that. */
export type Asked = {
  /** Parts whose name holds this text. */
  readonly row: string;
  readonly quick: boolean;
  /** How many hosts stand for the table's thousand, and for its hundred. */
  readonly many: number;
  readonly some: number;
  /** How often a measurement is taken; the median counts. */
  readonly repeats: number;
  /** Where the rows go as JSON. */
  readonly json: string | undefined;
  /** Folder for CPU profiles of each run of ship, to explain a miss; the figures are no good then. */
  readonly profile: string | undefined;
  /** Set in the process that runs inside the namespaces: the folder that is removed at the end. */
  readonly inside: string | undefined;
};

/** Options: `--row NAME` (a part of a name), `--quick` (a tenth of the hosts), `--many N`, `--some N`, `--repeats N`, `--json FILE`, `--profile FOLDER`. */
export function askedOf(options: readonly string[]): Asked {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...options],
    options: {
      ...{ row: text, many: text, some: text, repeats: text, json: text, profile: text, inside: text },
      quick: { type: "boolean" },
    },
  });
  const quick = values.quick === true;
  return {
    row: values.row ?? "",
    quick,
    many: Number(values.many ?? (quick ? 100 : 1000)),
    some: Number(values.some ?? (quick ? 20 : 100)),
    repeats: Number(values.repeats ?? (quick ? 2 : 3)),
    json: values.json,
    profile: values.profile,
    inside: values.inside,
  };
}
