import type { HostSpec } from "./cohort-schema.ts";
import type { CohortFile } from "./cohorts.ts";
import type { Complaint } from "./complaint.ts";
import type { Path } from "./document.ts";
import { hostsInRange } from "./host-range.ts";

/** A host that a cohort's file names. `listed`: by hand, not by an inventory program. */
export type Member = {
  readonly name: string;
  readonly address: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly listed: boolean;
  readonly locate: (message: string) => Complaint;
};

export type Members = { readonly members: readonly Member[]; readonly complaints: readonly Complaint[] };

/** The hosts that the file itself names, ranges spelled out. */
export function membersOf(file: CohortFile): Members {
  const listed = file.spec.hosts.flatMap((spec, index) =>
    spec === undefined ? [] : [fromEntry(spec, file, ["hosts", index])],
  );
  const told =
    file.inventory?.type === "hosts" ? file.inventory.hosts.map((spec) => fromEntry(spec, file, ["from"])) : [];
  const all = [...listed, ...told];
  return { members: all.flatMap((one) => one.members), complaints: all.flatMap((one) => one.complaints) };
}

function fromEntry(spec: HostSpec, file: CohortFile, path: Path): Members {
  const locate = (message: string, expected?: string) => file.document.locate({ path, message, expected });
  const names = hostsInRange(spec.host);
  if ("message" in names) return { members: [], complaints: [locate(names.message, expectedName(spec.host))] };
  if (names.length > 1 && spec.address !== undefined)
    return { members: [], complaints: [locate(`"${spec.host}" is several hosts, and one address is given for them`)] };
  const { port, user, labels } = spec;
  const members = names.map((name) => ({
    ...{ name, address: spec.address ?? name, port, user, labels },
    listed: path[0] === "hosts",
    locate,
  }));
  return { members, complaints: [] };
}

function expectedName(written: string): string {
  return /[@:]/.test(written)
    ? "{ host: NAME, user: USER, port: PORT } for what ssh writes as user@host:port"
    : "a name such as api-01.example.com, or a range such as api-[01-04]";
}
