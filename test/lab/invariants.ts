import type { Look } from "./look.ts";

/** What the observer is told of the fleet. Cohorts are nested, the innermost first. */
export type Fleet = {
  readonly cohorts: readonly {
    readonly name: string;
    readonly hosts: readonly string[];
    readonly maxUnavailable: number;
  }[];
};

/** What ship said of a host at the end. */
export type Said = {
  readonly host: string;
  readonly release: string;
  readonly state: string;
  readonly detail?: string | undefined;
};

export type Judge = {
  /** A rollout to `version` begins; what runs now is where each host may go back to. `excused` may stay behind. */
  begin(looks: readonly Look[], version: string, excused: readonly string[]): void;
  sweep(looks: readonly Look[], at: number): void;
  /** The deployer is gone, for good or until `begin`: hosts on a lease have until `deadline` (ms, as `at`). */
  gone(looks: readonly Look[], deadline: number): void;
  /** The deployer comes back: by now every host has to be where it rests. */
  returned(looks: readonly Look[]): void;
  /** Everything that was wrong so far, and what is wrong with where it ended. */
  verdict(looks: readonly Look[], report: readonly Said[]): readonly string[];
  /** The most hosts of any cohort that were out of service at once. */
  mostOut(): number;
};

/** The invariants of the fault matrix that can be seen from outside, judged on every sweep. */
export function openJudge(fleet: Fleet): Judge {
  const wrong = new Set<string>();
  const origin = new Map<string, string | undefined>();
  const before = new Map<string, Look>();
  const proven = new Set<string>();
  let target = "";
  let excused: readonly string[] = [];
  let leases: { readonly stay: ReadonlyMap<string, string | undefined>; readonly deadline: number } | undefined;
  let most = 0;

  const isNew = (release: string | undefined) => release?.startsWith(`${target}-`) ?? false;

  /** I1: never more out of service at once than may be. */
  function availability(looks: readonly Look[]): void {
    const out = new Set(looks.filter(({ runs }) => runs === undefined).map(({ host }) => host));
    for (const { name, hosts, maxUnavailable } of fleet.cohorts) {
      const down = hosts.filter((host) => out.has(host) && !excused.includes(host));
      most = Math.max(most, down.length);
      if (down.length > maxUnavailable) wrong.add(`I1: ${down.join()} of ${name} are out of service at once`);
    }
  }

  /** I2: a host gets the change when the cohorts before its own are proven on it. */
  function radius({ host, link }: Look): void {
    if (!isNew(link) || isNew(before.get(host)?.link) || isNew(origin.get(host))) return;
    const own = fleet.cohorts.findIndex(({ hosts }) => hosts.includes(host));
    const needed = fleet.cohorts.slice(0, own).flatMap(({ hosts }) => hosts);
    const missing = needed.filter((each) => !proven.has(each) && !excused.includes(each));
    if (missing.length > 0) wrong.add(`I2: ${host} has ${link}, and ${missing.join()} of a cohort before is unproven`);
  }

  /** I5: always on the old or the new release, and that one is all there. */
  function twoVersions({ host, link, whole }: Look): void {
    if (link === origin.get(host) && link === undefined) return;
    if (!whole) wrong.add(`I5: the link of ${host} (${link}) is no whole release`);
    if (!isNew(link) && link !== origin.get(host)) wrong.add(`I5: ${host} is on a third release: ${link}`);
  }

  /** I6: no order of an older run or of an older number is taken after a newer one. */
  function oneWriter({ host, record }: Look): void {
    const last = before.get(host)?.record ?? {};
    const [was, is] = [last, record].map((one) => [Number(one["generation"] ?? 0), Number(one["sequence"] ?? 0)]);
    const [oldGeneration = 0, oldSequence = 0] = was ?? [];
    const [generation = 0, sequence = 0] = is ?? [];
    if (generation < oldGeneration) wrong.add(`I6: the generation of ${host} went back to ${generation}`);
    if (generation > oldGeneration || oldGeneration === 0) return;
    if (record["run"] !== last["run"]) wrong.add(`I6: two runs hold generation ${generation} of ${host}`);
    if (sequence < oldSequence) wrong.add(`I6: the sequence of ${host} went back to ${sequence}`);
  }

  /** I9: where a host goes back to is what it was on. */
  function wayBack({ host, record }: Look): void {
    const underWay = ["armed", "switched", "confirmed"].includes(record["phase"] ?? "") && isNew(record["target"]);
    const was = origin.get(host) ?? "";
    if (underWay && !isNew(was) && record["good"] !== was) wrong.add(`I9: ${host} would go back to ${record["good"]}`);
  }

  /** I8: without a deployer, what is on a lease is back in time, and what is confirmed stays. */
  function vanished({ host, link, record, runs }: Look, at: number): void {
    if (leases === undefined) return;
    const late = at > leases.deadline;
    const settled = !["armed", "switched", "reverting"].includes(record["phase"] ?? "");
    if (late && !settled) wrong.add(`I8: ${host} is ${record["phase"]} still, though its lease and a restart are over`);
    if (leases.stay.has(host)) {
      if (leases.stay.get(host) !== link) wrong.add(`I8: ${host} was left on ${leases.stay.get(host)}, and moved`);
    } else if (late && link !== origin.get(host)) wrong.add(`I8: ${host} was unconfirmed, and is on ${link}`);
    if (late && runs === undefined && origin.get(host) !== undefined) wrong.add(`I8: nothing runs on ${host}`);
  }

  return {
    begin(looks, version, left) {
      [target, excused, leases] = [version, left, undefined];
      wrong.clear();
      proven.clear();
      for (const look of looks) {
        origin.set(look.host, look.link);
        if (isProvenOn(look, isNew)) proven.add(look.host);
      }
    },
    sweep(looks, at) {
      if (target === "") return;
      availability(looks);
      for (const look of looks) {
        if (isProvenOn(look, isNew)) proven.add(look.host);
      }
      for (const look of looks) {
        for (const judge of [radius, twoVersions, oneWriter, wayBack]) judge(look);
        vanished(look, at);
        before.set(look.host, look);
      }
    },
    gone(looks, deadline) {
      const resting = looks.filter(({ record }) => !["armed", "switched", "reverting"].includes(record["phase"] ?? ""));
      leases = { stay: new Map(resting.map(({ host, link }) => [host, link])), deadline };
    },
    returned(looks) {
      for (const look of looks) vanished(look, Number.POSITIVE_INFINITY);
      leases = undefined;
    },
    verdict: (looks, report) => [
      ...wrong,
      ...looks.flatMap(atRest),
      ...report.flatMap((said) => truthful(said, looks)),
    ],
    mostOut: () => most,
  };
}

function isProvenOn({ record }: Look, isNew: (release: string | undefined) => boolean): boolean {
  return record["phase"] === "proven" && isNew(record["current"]);
}

/** I3: nothing rests unconfirmed; and what runs and answers is what the link names. */
function atRest({ host, link, record, runs, answers }: Look): readonly string[] {
  const phase = record["phase"] ?? "";
  const resting = ["", "idle", "confirmed", "proven", "reverted"].includes(phase);
  const version = link?.replace(/-[0-9a-f]+$/, "");
  return [
    ...(resting ? [] : [`I3: ${host} is ${phase} at the end`]),
    ...(runs === version ? [] : [`I4: ${host} is on ${link} and runs ${runs}`]),
    ...(answers === version ? [] : [`I4: ${host} is on ${link} and answers ${answers}`]),
  ];
}

/** I4: what ship says of a host is so, or it says why it does not know. */
function truthful({ host, release, state, detail }: Said, looks: readonly Look[]): readonly string[] {
  if (state === "unknown" || state === "reverting")
    return (detail ?? "") === "" ? [`I4: ${host} is said to be ${state}, without a reason`] : [];
  const link = looks.find((look) => look.host === host)?.link ?? "";
  return link === release ? [] : [`I4: ${host} is said to be ${state} on ${release}, and is on ${link}`];
}
