import type * as z from "zod";
import type { ChangeFileSpec } from "./change-file-schema.ts";
import type { Finding, Path } from "./document.ts";

type Place = {
  /** Where its name stands, and where what it becomes does. */
  readonly path: Path;
  readonly at: Path;
};
type FlagTo = {
  readonly variant: string;
  readonly percent?: number;
  readonly for?: readonly string[];
  readonly by?: string;
};

/** A change as it was written, with its place. */
export type Written = Place &
  (
    | { readonly kind: "release"; readonly name: ""; readonly version: string }
    | { readonly kind: "flag"; readonly name: string; readonly to: FlagTo }
    | { readonly kind: "rate"; readonly name: string; readonly to: number }
  );

type File = z.output<typeof ChangeFileSpec>;

/** The changes in the order in which they go: version, flags, rates; or as the list has them. */
export function writtenIn(file: File): { readonly changes: readonly Written[]; readonly findings: readonly Finding[] } {
  const short = shortForm(file);
  if (file.changes === undefined) return { changes: short, findings: [] };
  const listed = file.changes.map((change, index) => listedAt(change, ["changes", index]));
  const both = short.slice(0, 1).map(
    ({ path }): Finding => ({
      path: path.slice(0, 1),
      at: "key",
      message: "the list says all changes already",
      expected: "it in the list",
    }),
  );
  return {
    changes: listed.flatMap(({ change }) => change ?? []),
    findings: [...both, ...listed.flatMap(({ finding }) => finding ?? [])],
  };
}

function shortForm({ version, flags = {}, rates = {} }: File): readonly Written[] {
  const release: readonly Written[] =
    version === undefined ? [] : [{ kind: "release", name: "", version, path: ["version"], at: ["version"] }];
  return [
    ...release,
    ...Object.entries(flags).map(([name, to]): Written => {
      const path = ["flags", name];
      return { kind: "flag", name, to: typeof to === "string" ? { variant: to } : flagTo(to), path, at: path };
    }),
    ...Object.entries(rates).map(([name, to]): Written => {
      const path = ["rates", name];
      return { kind: "rate", name, to, path, at: path };
    }),
  ];
}

type Listed = NonNullable<File["changes"]>[number];
type Some = { readonly variant: string } & Pick<Listed, "percent" | "for" | "by">;

function flagTo({ variant, percent, for: audiences, by }: Some): FlagTo {
  return {
    variant,
    ...(percent === undefined ? {} : { percent }),
    ...(audiences === undefined ? {} : { for: audiences }),
    ...(by === undefined ? {} : { by }),
  };
}

type Read = { readonly change?: Written; readonly finding?: Finding };

/** One thing a line: a version, a flag with its variant, or a rate with its number. */
function listedAt(listed: Listed, path: Path): Read {
  const { version, flag, variant, rate, to, percent, for: audiences, by } = listed;
  const some = percent ?? audiences ?? by;
  if (version !== undefined && [flag, variant, rate, to, some].every(isLeftOut))
    return { change: { kind: "release", name: "", version, path: [...path, "version"], at: [...path, "version"] } };
  if (flag !== undefined && variant !== undefined && [version, rate, to].every(isLeftOut))
    return {
      change: { kind: "flag", name: flag, to: flagTo({ ...listed, variant }), path: [...path, "flag"], at: path },
    };
  if (rate !== undefined && to !== undefined && [version, flag, variant, some].every(isLeftOut))
    return { change: { kind: "rate", name: rate, to, path: [...path, "rate"], at: [...path, "to"] } };
  return { finding: { path, message: "this is not one change", expected: oneChange } };
}

const oneChange = "{ version: v414 }, { flag: lxc, variant: on } or { rate: publish, to: 25 }";

function isLeftOut(value: unknown): boolean {
  return value === undefined;
}
