/** One server, reached over SSH. `cohort` is the innermost cohort that names it. */
export type Host = {
  readonly name: string;
  readonly address: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly cohort: string;
  /** The server's own name, where `name` is that of one of two places on it; left out: they are the same. */
  readonly server?: string;
};

/** The server itself, by the name that it is reached and measured by. */
export function serverOf(host: Host): Host {
  const { server, ...place } = host;
  return server === undefined ? host : { ...place, name: server };
}

/** A named set of hosts; `hosts` holds those of the included cohorts too. */
export type Cohort = { readonly name: string; readonly hosts: readonly Host[] };

/** Cohorts by nesting: each holds every host of the one before it. */
export type Fleet = { readonly cohorts: readonly Cohort[] };

/** A number of hosts, as it was written: `2`, or `10%`. */
export type Share =
  | { readonly type: "count"; readonly count: number }
  | { readonly type: "percent"; readonly percent: number };

/** How many of `n` hosts a share is: max(1, floor(p·n)) for a percentage above 0, a plain number as given. */
export function hostsIn(share: Share, n: number): number {
  if (share.type === "count") return share.count;
  return share.percent === 0 ? 0 : Math.max(1, Math.floor((share.percent / 100) * n));
}

/** The hosts of `hosts` whose labels have every value that `labels` asks for. */
export function carrying(hosts: readonly Host[], labels: Readonly<Record<string, string>>): readonly Host[] {
  const wanted = Object.entries(labels);
  if (wanted.length === 0) return hosts;
  return hosts.filter((host) => wanted.every(([key, value]) => host.labels[key] === value));
}

/** The hosts of a component in each cohort, by nesting. */
export function hostsOf(
  fleet: Fleet,
  labels: Readonly<Record<string, string>>,
): readonly { readonly cohort: string; readonly hosts: readonly Host[] }[] {
  return fleet.cohorts.map((cohort) => ({ cohort: cohort.name, hosts: carrying(cohort.hosts, labels) }));
}
