/** What a command was called with: its own arguments and options, as commander read them. */
export type Invocation = {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | string[] | undefined>>;
};

type Option = { readonly flags: string; readonly text: string; readonly repeated?: boolean };

type Command = {
  readonly summary: string;
  /** As commander writes them: `<file>`, `[rollout]`. */
  readonly arguments?: string;
  readonly options?: readonly Option[];
  readonly hidden?: boolean;
  /** Runs it and gives its exit code. */
  readonly load: () => Promise<{ readonly run: (invocation: Invocation) => Promise<number> }>;
};

const component: Option = {
  flags: "-c, --component <name>",
  text: "what to ship; may be left out where the config has one component",
};
const version: Option = {
  flags: "--version <version>",
  text: "the version to ship: a name, `latest`, or a semver range",
};
const reason: Option = { flags: "--reason <text>", text: "why; stands in every later report" };

const to: Option = { flags: "--to <cohort>", text: "stop after this cohort" };
const limits: readonly Option[] = [
  { flags: "--on-failure <answer>", text: "rollback or hold" },
  { flags: "--timeout <duration>", text: "hold the rollout after this time" },
];
const adopt: Option = { flags: "--adopt", text: "take drifted hosts as they are (needs --reason)" };
const fixForward: Option = {
  flags: "--fix-forward",
  text: "start although the service fails its assertions (needs --reason)",
};
const dryRun: Option = { flags: "--dry-run", text: "print the plan and change nothing" };

const filters: readonly Option[] = [
  { flags: "--only-hosts <pattern>", text: "only hosts whose name matches (may be repeated)", repeated: true },
  { flags: "--skip-hosts <pattern>", text: "leave out hosts whose name matches (may be repeated)", repeated: true },
];

const rollout: readonly Option[] = [
  component,
  version,
  { flags: "--file <file>", text: "a change set in place of a version: version, flags and rates as one rollout" },
  to,
  ...filters,
  { flags: "--offline", text: "with --dry-run or plan: plan without looking at the hosts" },
  reason,
  ...limits,
  { flags: "--wait <duration>", text: "stay so long at a stage that somebody must approve; on a terminal without end" },
  { flags: "--now", text: "no bakes; health and budgets stay (needs --reason)" },
  adopt,
  { flags: "--retry-bad", text: "ship a release that was rolled back as bad (needs --reason)" },
  fixForward,
];

/** Of flags and rates. */
const changing: readonly Option[] = [
  to,
  ...filters,
  reason,
  ...limits,
  { flags: "--now", text: "all hosts in one step, unmeasured; takes over from whoever is at it (needs --reason)" },
  adopt,
  { flags: "--retry-bad", text: "set again what was rolled back as bad (needs --reason)" },
  fixForward,
  dryRun,
];

/** Every command, by its name; nothing else knows them. */
export const commands: Readonly<Record<string, Command>> = {
  deploy: {
    summary: "roll a version out, cohort by cohort (the default command)",
    options: [...rollout, dryRun],
    load: () => import("./deploy.ts"),
  },
  plan: {
    summary: "the dry run; with --out, kept for `ship apply`",
    options: [...rollout, { flags: "--out <file>", text: "write the plan to a file" }],
    load: () => import("./plan.ts"),
  },
  apply: {
    summary: "run exactly the plan of a file; refuse a fleet that has moved since",
    arguments: "<file>",
    load: () => import("./apply.ts"),
  },
  status: {
    summary: "what every host runs, by cohort; what is unproven, behind, drifted",
    options: [component],
    load: () => import("./status.ts"),
  },
  rollback: {
    summary: "every host back to its last proven release; takes over from a running rollout",
    options: [
      component,
      { flags: "--to-version <version>", text: "back to this version, where it was proven and is still on the disk" },
      ...filters,
      reason,
    ],
    load: () => import("./rollback.ts"),
  },
  pause: {
    summary: "no new hosts in a rollout that runs anywhere; those that are changed are still judged",
    options: [component, reason],
    load: () => import("./steer.ts"),
  },
  resume: {
    summary: "go on with a paused rollout",
    options: [component, reason],
    load: () => import("./steer.ts"),
  },
  abort: {
    summary: "end a rollout that runs anywhere, and put every host that it changed back",
    options: [component, reason],
    load: () => import("./steer.ts"),
  },
  approve: {
    summary: "let a stage begin that waits for it, or pass without a verdict; never one that failed (needs --reason)",
    options: [component, reason],
    load: () => import("./steer.ts"),
  },
  flag: {
    summary: "roll a feature flag through the cohorts: on, off, set, status NAME, list",
    arguments: "<action> [name]",
    options: [
      { flags: "--variant <variant>", text: "with set: which" },
      { flags: "--percent <share>", text: "for this share of all keys; whoever has it keeps it as the share grows" },
      { flags: "--for <audience>", text: "for app=shop-17, or 'plan == \"pro\"' (may be repeated)", repeated: true },
      {
        flags: "--for-file <file>",
        text: "for the ids in a file, one a line; app=FILE for those of a field",
        repeated: true,
      },
      { flags: "--by <field>", text: "the field by which shares are split; left out: targetingKey" },
      ...changing,
    ],
    load: () => import("./flag.ts"),
  },
  rate: {
    summary: "roll a runtime rate through the cohorts, or set ship's own: set NAME NUMBER, status NAME, list",
    arguments: "<action> [name] [number]",
    options: [{ ...component, text: "of ship's own rates (ship.width): whose rollout" }, ...changing],
    load: () => import("./rate.ts"),
  },
  lock: {
    summary: "close a component to rollouts by hand (needs --reason); recoveries do not ask",
    options: [component, reason],
    load: () => import("./lock.ts"),
  },
  unlock: {
    summary: "open a locked component again",
    options: [component, reason],
    load: () => import("./lock.ts"),
  },
  check: {
    summary: "measure the assertions now, or judge the past with them, and show every number",
    options: [
      component,
      { flags: "--watch", text: "measure until Ctrl-C, and give the exit code of the last verdict" },
      { flags: "--since <duration>", text: "judge the past so far back: journals, and Prometheus" },
      { flags: "--export <format>", text: "print the assertions as alert rules: prometheus" },
    ],
    load: () => import("./check.ts"),
  },
  why: {
    summary: "why a rollout went as it did, with its evidence",
    arguments: "[rollout]",
    options: [component],
    load: () => import("./why.ts"),
  },
  log: {
    summary: "the events of a rollout; without an id the list of rollouts",
    arguments: "[rollout]",
    options: [component],
    load: () => import("./log.ts"),
  },
  replay: {
    summary: "judge a recorded rollout again, under other assertions",
    arguments: "[rollout]",
    options: [component, { flags: "--with <file>", text: "the config with the assertions; left out: the present one" }],
    load: () => import("./replay.ts"),
  },
  doctor: {
    summary: "inspects hosts: reached, trusted, writable, tools, rights, reboots; what mends each finding",
    options: [
      component,
      { flags: "--trust", text: "show the keys of hosts that are not known yet, ask, and write them to known_hosts" },
      { flags: "--fix", text: "install what lets hosts survive a reboot: shown first, then asked (or --reason)" },
      reason,
    ],
    load: () => import("./doctor.ts"),
  },
  explain: {
    summary: "the manual of a config key; --schema prints the JSON Schema",
    arguments: "[key]",
    options: [{ flags: "--schema", text: "print the config's JSON Schema" }],
    load: () => import("./explain.ts"),
  },
  sandbox: {
    summary: "an embedded fleet to try everything on: up, down, status, break HOST HOW",
    arguments: "<action> [host] [how]",
    load: () => import("./sandbox.ts"),
  },
  version: { summary: "ship's own version", load: () => import("./version.ts") },
};
