import type { Fleet, Host } from "../core/fleet.ts";
import type { CohortFile } from "./cohorts.ts";
import type { Complaint } from "./complaint.ts";
import { type Member, membersOf } from "./members.ts";
import { nested } from "./nesting.ts";

/** `names` are all cohorts that have a file; `complete`: every host is known, so that what is missing is an error. */
export type Known = { readonly fleet: Fleet; readonly names: readonly string[]; readonly complete: boolean };

export type FleetRead = {
  readonly known: Known;
  readonly essential: readonly Complaint[];
  readonly minor: readonly Complaint[];
};

/** The cohorts by nesting, each host with the innermost cohort that names it. */
export function fleetOf(files: readonly CohortFile[]): FleetRead {
  const { order, complaints } = nested(files);
  const named = new Map(files.map((file) => [file, membersOf(file)] as const));
  const seen: Seen = new Map();
  const twice = order.flatMap((file) => take(file, named.get(file)?.members ?? [], seen));
  const hosts = [...seen.values()].map(({ member, cohort }) => hostOf(member, cohort));
  const depth = new Map(order.map(({ name }, index) => [name, index] as const));
  const cohorts = order.map(({ name }, index) => ({
    name,
    hosts: hosts.filter((host) => (depth.get(host.cohort) ?? 0) <= index),
  }));
  const essential = [...complaints, ...[...named.values()].flatMap((one) => one.complaints), ...twice];
  const complete = essential.length === 0 && files.every(({ inventory }) => inventory?.type !== "failed");
  return {
    known: { fleet: { cohorts }, names: files.map(({ name }) => name), complete },
    essential,
    minor: [...files.flatMap(withoutHost), ...oneMachine([...named.values()].flatMap((one) => one.members))],
  };
}

type Seen = Map<string, { member: Member; cohort: string }>;

/** Notes the hosts of a cohort that no inner one has. A host listed by hand in two places is a complaint. */
function take(file: CohortFile, members: readonly Member[], seen: Seen): readonly Complaint[] {
  return members.flatMap((member) => {
    const before = seen.get(member.name);
    if (before === undefined) {
      seen.set(member.name, { member, cohort: file.name });
      return [];
    }
    const inner = before.cohort !== file.name;
    if (inner && !member.listed) return [];
    const place = inner ? `cohort "${before.cohort}"` : "this cohort";
    return [member.locate(`${member.name} is named twice: ${place} names it already`)];
  });
}

function withoutHost(file: CohortFile): readonly Complaint[] {
  const told = file.inventory?.type === "hosts" ? file.inventory.hosts.length : 0;
  if (file.spec.hosts.length + told > 0 || file.inventory?.type === "failed") return [];
  const message = `the cohort "${file.name}" names no host of its own`;
  return [
    file.document.locate({ path: ["hosts"], at: "key", message, expected: "hosts: [api-01], or from: ./inventory" }),
  ];
}

function hostOf({ name, address, port, user, labels }: Member, cohort: string): Host {
  return { name, address, port, user, labels, cohort };
}

/** One machine under two names would be changed twice, and counted twice in every budget. */
function oneMachine(members: readonly Member[]): readonly Complaint[] {
  const first = new Map<string, string>();
  return members.flatMap((member) => {
    const machine = `${member.address.toLowerCase()} port ${member.port ?? 22}`;
    const other = first.get(machine);
    if (other !== undefined && other !== member.name)
      return [member.locate(`${member.name} and ${other} are one machine: ${machine}`)];
    first.set(machine, member.name);
    return [];
  });
}
