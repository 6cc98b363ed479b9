import type { EndHost, Event, Happening } from "../../src/core/event.ts";
import type { Judgement } from "../../src/core/judge.ts";
import type { HostPlan, Plan, StagePlan } from "../../src/core/plan.ts";

/** A rollout as a fleet of `hosts` would tell it: internal 1, beta 3, all the rest; `v407` before, `v408` after. */
export type Story = {
  readonly hosts: number;
  /** A good rollout, or one that fails its assertion in beta, with one host that does not start. */
  readonly ending: "good" | "bad";
  /** Text that a host gives of itself, where hosts may give any; hostile in some tests. */
  readonly said: string;
};

const START = Date.UTC(2026, 10, 21, 22, 30, 0);
const OLD = "v407-0a1b2c3d";
const NEW = "v408-3f2a9c1b";

type Teller = { readonly events: Event[]; at: number };

export function story({ hosts, ending, said }: Story): readonly Event[] {
  const teller: Teller = { events: [], at: START };
  const plan = planOf(hosts);
  begin(teller, plan);
  if (ending === "good") good(teller, plan);
  else bad(teller, plan, said);
  tell(teller, 10, { type: "command.ended", command: "deploy", exit: ending === "good" ? 0 : 3 });
  return teller.events;
}

export function planOf(hosts: number): Plan {
  const digits = Math.max(2, String(hosts).length);
  const names = Array.from({ length: hosts }, (_, i) => `api-${String(i + 1).padStart(digits, "0")}`);
  const stages = [
    stage("internal", names.slice(0, 1), 120_000),
    stage("beta", names.slice(1, 4), 600_000),
    stage("all", names.slice(4), 1_800_000),
  ];
  return {
    component: "api",
    version: "v408",
    release: NEW,
    direction: "forward",
    continues: undefined,
    stages,
    gates: [
      { assertion: "p99_latency < 50", method: "sequential test on counts", every: 12_000, observeOnly: false },
      {
        assertion: "active_cons > 10",
        method: "threshold, 1 of 5 may be against it",
        every: 12_000,
        observeOnly: false,
      },
      { assertion: "fleet.queue_depth < 1000", method: "threshold", every: 5_000, observeOnly: true },
    ],
    least: 2_520_000,
  };
}

function stage(name: string, hosts: readonly string[], bake: number): StagePlan {
  const width = Math.max(1, Math.floor(hosts.length / 10));
  return {
    name,
    cohort: name,
    hosts: hosts.map((host) => hostPlan(host, name)),
    width,
    maxFailed: 0,
    down: 0,
    bake,
    longestBake: bake,
  };
}

export function hostPlan(host: string, cohort: string): HostPlan {
  return {
    host,
    cohort,
    action: "change",
    from: OLD,
    to: NEW,
    back: OLD,
    healthy: true,
    attempt: 1,
    expect: "1..0.1.proven",
    ours: false,
    unproven: false,
    detail: undefined,
  };
}

export function judgement(
  assertion: string,
  verdict: Judgement["verdict"],
  value: number | undefined,
  limit: number,
): Judgement {
  return {
    assertion,
    verdict,
    causes: verdict === "undecided" ? [{ cause: "too-few", detail: "1 of 3 readings" }] : [],
    values: [{ metric: assertion.split(" ")[0] ?? "", value }],
    value,
    limit,
    hosts: [],
    readings: 5,
    bad: verdict === "fail" ? 3 : 0,
    of: 5,
    events: 1204,
    method: "threshold",
    interval: undefined,
    chance: undefined,
    isSure: false,
    isContested: false,
    origins: [],
    observeOnly: false,
  };
}

function tell(teller: Teller, after: number, ...happenings: readonly Happening[]): void {
  for (const happening of happenings) {
    teller.at += after;
    const seq = teller.events.length + 1;
    teller.events.push({ ...happening, time: new Date(teller.at).toISOString(), seq, rollout: "r-7f3a" });
  }
}

function begin(teller: Teller, plan: Plan): void {
  const { component, version, release } = plan;
  const common = { component, version, release };
  tell(
    teller,
    200,
    { type: "artifact.resolved", ...common, digest: "ab12cd34".repeat(8), size: 12_582_912 },
    {
      type: "rollout.started",
      ...common,
      direction: "forward",
      by: "ada",
      from: "laptop",
      why: "fixes the cache",
      overrides: [],
      continued: false,
    },
  );
  for (const { host, cohort } of hostsOf(plan)) tell(teller, 1, observed(host, cohort));
  tell(teller, 100, { type: "plan.made", plan });
  for (const { host } of hostsOf(plan)) tell(teller, 1, { type: "host.fenced", host, release: OLD });
}

export function observed(host: string, cohort: string): Extract<Happening, { readonly type: "host.observed" }> {
  const known = { version: "v407", release: OLD, phase: "proven", proven: true, healthy: true, good: OLD } as const;
  return { type: "host.observed", component: "api", cohort, host, ...known, unfinished: null, holder: null };
}

function hostsOf(plan: Plan): readonly HostPlan[] {
  return plan.stages.flatMap((one) => one.hosts);
}

function startStage(teller: Teller, plan: StagePlan, index: number): void {
  const hosts = plan.hosts.map(({ host }) => host);
  for (const host of hosts) tell(teller, 5, { type: "host.placed", host, release: NEW, bytes: 12_582_912 });
  tell(teller, 50, { type: "stage.started", stage: plan.name, index, hosts, width: plan.width });
}

function change(teller: Teller, host: string): void {
  const on = { host, release: NEW };
  tell(
    teller,
    300,
    { type: "host.armed", ...on, lease: 105_000 },
    { type: "host.drained", ...on },
    { type: "host.switched", ...on },
  );
  tell(teller, 500, { type: "host.activated", ...on }, { type: "host.healthy", ...on, detail: "200 v408" });
  tell(teller, 100, { type: "host.undrained", ...on }, { type: "host.confirmed", ...on });
}

function bake(teller: Teller, plan: StagePlan, readings: readonly (readonly [number, Judgement["verdict"]])[]): void {
  tell(teller, 10, { type: "bake.started", stage: plan.name, duration: plan.bake, until: teller.at + plan.bake });
  for (const [value, verdict] of readings) {
    tell(teller, plan.bake / readings.length, {
      type: "assertion.judged",
      stage: plan.name,
      judgement: judgement("p99_latency < 50", verdict, value, 50),
    });
    tell(
      teller,
      1,
      { type: "metric.sampled", metric: "active_cons", value: 120, hosts: plan.hosts.length, causes: [] },
      { type: "assertion.judged", stage: plan.name, judgement: judgement("active_cons > 10", "pass", 120, 10) },
    );
  }
}

const held = [judgement("p99_latency < 50", "pass", 43.1, 50), judgement("active_cons > 10", "pass", 120, 10)];

function good(teller: Teller, plan: Plan): void {
  plan.stages.forEach((one, index) => {
    startStage(teller, one, index);
    for (const { host } of one.hosts) change(teller, host);
    bake(teller, one, [
      [44, "undecided"],
      [42.5, "pass"],
      [45.2, "pass"],
      [43.1, "pass"],
    ]);
    tell(teller, 10, { type: "stage.passed", stage: one.name, index, judgements: held });
    for (const { host } of one.hosts) tell(teller, 1, { type: "host.proven", host, release: NEW });
  });
  const hosts = hostsOf(plan).map((host): EndHost => end(host, "proven", "v408"));
  tell(teller, 100, {
    ...ended(teller, hosts, held),
    outcome: "done",
    exit: 0,
    reason: "proven",
    summary: `api v408 is proven on all ${hosts.length} hosts.`,
    hint: undefined,
  });
}

function bad(teller: Teller, plan: Plan, said: string): void {
  const [internal, beta] = plan.stages;
  if (internal === undefined || beta === undefined) return;
  startStage(teller, internal, 0);
  for (const { host } of internal.hosts) change(teller, host);
  bake(teller, internal, [
    [44, "undecided"],
    [43.1, "pass"],
  ]);
  tell(teller, 10, { type: "stage.passed", stage: "internal", index: 0, judgements: held });
  startStage(teller, beta, 1);
  failBeta(teller, beta, said);
  restore(teller, plan, said);
}

function failBeta(teller: Teller, beta: StagePlan, said: string): void {
  const [first, second, third] = beta.hosts.map(({ host }) => host);
  if (first === undefined || second === undefined || third === undefined) return;
  change(teller, first);
  tell(
    teller,
    700,
    { type: "host.armed", host: second, release: NEW, lease: 105_000 },
    {
      type: "host.failed",
      host: second,
      release: NEW,
      operation: "activate",
      cause: "failed",
      detail: said,
      log: `starting\n${said}\nexit 1`,
    },
    { type: "host.reverted", host: second, release: OLD },
    { type: "warned", text: "the clock of api-03 is 4 s behind", hint: "look at its time service" },
  );
  change(teller, third);
  bake(teller, beta, [
    [44, "undecided"],
    [48, "pass"],
    [61, "fail"],
    [83.2, "fail"],
  ]);
}

function restore(teller: Teller, plan: Plan, said: string): void {
  const failing = { ...judgement("p99_latency < 50", "fail", 83.2, 50), hosts: ["api-02", "api-04"] };
  const judgements = [failing, judgement("active_cons > 10", "pass", 120, 10)];
  const detail = "p99_latency < 50 fails: 83.2 against 50";
  const [one, two, three, four] = hostsOf(plan).map(({ host }) => host);
  const touched = [four, two, one].filter((host) => host !== undefined);
  tell(
    teller,
    10,
    { type: "stage.failed", stage: "beta", index: 1, reason: "assertion-failed", detail, judgements },
    { type: "rollback.started", hosts: touched, reason: "assertion-failed", width: 1 },
  );
  for (const host of touched) tell(teller, 900, { type: "host.reverted", host, release: OLD });
  const hosts = hostsOf(plan).map((host): EndHost => {
    if (host.host === three)
      return { ...end(host, "bad", "v407"), detail: said, mend: `ship catch-up -c api --only-hosts ${host.host}` };
    return end(host, touched.includes(host.host) ? "restored" : "untouched", "v407");
  });
  tell(teller, 100, {
    ...ended(teller, hosts, judgements),
    outcome: "rolled-back",
    exit: 3,
    reason: "assertion-failed",
    summary: `${detail} in beta; all 3 changed hosts are back on v407.`,
    hint: "ship why r-7f3a",
  });
}

function end({ host, cohort }: HostPlan, state: EndHost["state"], version: string): EndHost {
  return { host, cohort, version, release: version === "v408" ? NEW : OLD, state, detail: undefined, mend: undefined };
}

function ended(teller: Teller, hosts: readonly EndHost[], judgements: readonly Judgement[]) {
  const took = teller.at - START;
  return {
    type: "rollout.ended",
    component: "api",
    version: "v408",
    hosts,
    judgements,
    took,
    by: "ada",
    why: "fixes the cache",
  } as const;
}
