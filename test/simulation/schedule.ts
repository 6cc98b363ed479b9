import { random } from "../random.ts";

/** What may go wrong. A seed turns a random part of it on. */
export const kinds = [
  "lost-before",
  "lost-after",
  "late",
  "slow",
  "duplicate",
  "kill",
  "stop",
  "interrupt",
  "timeout",
  "second-deployer",
  "rollback-asked",
  "pause",
  "abort",
  "power-short",
  "power-long",
  "down",
  "partition",
  "disk-full",
  "blind",
  "revert-fails",
  "does-not-start",
  "unhealthy",
  "bad-metric",
  "bad-late",
  "bad-stage",
] as const;

export type Kind = (typeof kinds)[number];

/** How a version behaves on hosts of the cohort `from` (an index) on, once it has been up for `after` ms. */
export type Behaviour = {
  readonly bad: "does-not-start" | "unhealthy" | "bad-metric" | undefined;
  readonly from: number;
  readonly after: number;
};

/** A command that somebody gives on a machine; times in ms from the beginning, or from its start. */
export type Command = {
  readonly at: number;
  readonly machine: string;
  /** Empty: a rollback. */
  readonly version: string;
  readonly retryBad: boolean;
  readonly now: boolean;
  readonly timeout: number | undefined;
  readonly onFailure: "rollback" | "hold";
  /** Killed after so many ms, or at its so-manieth await. */
  readonly killAt: number | undefined;
  readonly killAwait: number | undefined;
  readonly interruptAt: number | undefined;
  readonly stopAt: number | undefined;
  readonly stopFor: number;
};

/** What happens to a host from outside, for a while. */
export type Trouble = {
  readonly kind: "power-short" | "power-long" | "down" | "partition" | "disk-full" | "blind" | "revert-fails";
  readonly hosts: readonly number[];
  readonly at: number;
  readonly for: number;
};

/** A word that somebody leaves on the hosts for whoever runs the rollout then. */
export type Said = { readonly at: number; readonly word: "pause" | "resume" | "abort" };

/** Chances, for each message. */
export type Network = Readonly<Record<"lost-before" | "lost-after" | "late" | "slow" | "duplicate", number>>;

export type Schedule = {
  readonly seed: number;
  /** Sizes of the cohorts, innermost first, each holding the one before. */
  readonly cohorts: readonly number[];
  readonly width: number;
  readonly back: number;
  readonly maxFailed: number;
  readonly onBlind: "rollback" | "hold";
  readonly drains: boolean;
  readonly proof: "version" | "process" | "folder";
  /** A step that runs once: none, one that can be undone, or one that cannot. */
  readonly once: "none" | "reversible" | "irreversible";
  /** ms that a restart takes at most. */
  readonly restart: number;
  readonly running: readonly string[];
  readonly versions: Readonly<Record<string, Behaviour>>;
  readonly network: Network;
  readonly commands: readonly Command[];
  readonly troubles: readonly Trouble[];
  readonly words: readonly Said[];
  /** ms: when everything that goes wrong stops. */
  readonly calm: number;
  /** What is done then. */
  readonly finale: "again" | "again-back" | "rollback" | "next";
};

export function scheduleOf(seed: number): Schedule {
  const dice = diceOf(seed);
  const on = new Set(kinds.filter((kind) => dice.chance(kind === "kill" ? 0.45 : 0.25)));
  const cohorts = dice.chance(0.6) ? [dice.int(1, 2), dice.int(3, 5)] : [1, dice.int(2, 3), dice.int(4, 6)];
  const count = cohorts.at(-1) ?? 0;
  const commands = commandsOf(dice, on);
  const troubles = troublesOf(dice, on, count);
  const last = Math.max(...commands.map(({ at }) => at));
  return {
    seed,
    cohorts,
    width: dice.int(1, 3),
    back: dice.int(1, 3),
    maxFailed: dice.pick([0, 0, 1, 2]),
    onBlind: dice.pick(["hold", "rollback"]),
    drains: dice.chance(0.3),
    proof: dice.pick(["version", "version", "process", "folder"]),
    once: dice.pick(["none", "none", "none", "none", "none", "none", "reversible", "irreversible"]),
    restart: dice.pick([200, 1_500, 4_000]),
    running: Array.from({ length: count }, () => (dice.chance(0.8) ? "v407" : dice.pick(["v405", "v406", "v406", ""]))),
    versions: { v408: behaviourOf(dice, on, cohorts.length), v409: behaviourOf(dice, new Set(), 0) },
    network: networkOf(dice, on),
    commands,
    troubles,
    words: wordsOf(dice, on),
    calm: last + dice.int(20_000, 120_000),
    finale: dice.pick(["again", "again", "again-back", "rollback", "next"]),
  };
}

export type Dice = {
  readonly chance: (p: number) => boolean;
  readonly int: (least: number, most: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
};

export function diceOf(seed: number): Dice {
  const draw = random(seed);
  const int = (least: number, most: number) => least + Math.floor(draw() * (most - least + 1));
  return {
    chance: (p) => draw() < p,
    int,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
  };
}

type On = ReadonlySet<Kind>;

function networkOf(dice: Dice, on: On): Network {
  const chance = (kind: Kind, most: number) => (on.has(kind) ? dice.int(1, most) / 100 : 0);
  return {
    "lost-before": chance("lost-before", 15),
    "lost-after": chance("lost-after", 15),
    late: chance("late", 10),
    slow: chance("slow", 15),
    duplicate: chance("duplicate", 20),
  };
}

function behaviourOf(dice: Dice, on: On, cohorts: number): Behaviour {
  const bads = (["does-not-start", "unhealthy", "bad-metric"] as const).filter((kind) => on.has(kind));
  const late = on.has("bad-late");
  const stage = on.has("bad-stage");
  const bad = bads[0] ?? (late || stage ? "bad-metric" : undefined);
  return { bad, from: stage ? dice.int(1, Math.max(1, cohorts - 1)) : 0, after: late ? dice.int(2_000, 40_000) : 0 };
}

const calmly = {
  machine: "m1",
  version: "v408",
  retryBad: false,
  now: false,
  timeout: undefined,
  onFailure: "rollback",
  killAt: undefined,
  killAwait: undefined,
  interruptAt: undefined,
  stopAt: undefined,
  stopFor: 0,
} as const satisfies Partial<Command>;

/** A command with nothing to disturb it. */
export function commandAt(at: number, change: Partial<Command>): Command {
  return { ...calmly, at, ...change };
}

function commandsOf(dice: Dice, on: On): readonly Command[] {
  const commands: Command[] = [];
  const first = disturbed(dice, on, 0, {});
  commands.push(first);
  let at = (first.killAt ?? first.interruptAt ?? dice.int(5_000, 40_000)) + pauseOf(dice);
  const reruns = on.has("kill") || on.has("interrupt") ? dice.int(1, 2) : dice.int(0, 1);
  for (let index = 0; index < reruns; index += 1) {
    const again = disturbed(dice, on, at, {
      retryBad: dice.chance(0.1),
      machine: dice.chance(0.3) ? "m4" : "m1",
    });
    commands.push(again);
    at += (again.killAt ?? again.interruptAt ?? dice.int(5_000, 40_000)) + pauseOf(dice);
  }
  if (on.has("second-deployer"))
    commands.push(
      disturbed(dice, on, dice.pick([dice.int(0, 400), dice.int(0, 60_000), dice.int(0, 60_000)]), {
        machine: "m2",
        version: dice.pick(["v408", "v409", "v409"]),
      }),
    );
  if (on.has("rollback-asked"))
    commands.push(disturbed(dice, on, dice.int(1_000, 90_000), { machine: "m3", version: "" }));
  return commands.sort((a, b) => a.at - b.at);
}

function wordsOf(dice: Dice, on: On): readonly Said[] {
  const at = dice.int(1_000, 40_000);
  const pauses: readonly Said[] = [
    { at, word: "pause" },
    { at: at + dice.int(1_000, 40_000), word: "resume" },
  ];
  return [
    ...(on.has("pause") ? pauses : []),
    ...(on.has("abort") ? ([{ at: dice.int(1_000, 60_000), word: "abort" }] as const) : []),
  ];
}

function pauseOf(dice: Dice): number {
  return dice.pick([0, 300, dice.int(1_000, 10_000), dice.int(30_000, 180_000)]);
}

function disturbed(dice: Dice, on: On, at: number, change: Partial<Command>): Command {
  const kill = on.has("kill") && dice.chance(0.7);
  const byAwait = kill && dice.chance(0.5);
  const stops = on.has("stop") && dice.chance(0.6);
  return commandAt(at, {
    now: dice.chance(0.05),
    timeout: on.has("timeout") && dice.chance(0.7) ? dice.int(3_000, 30_000) : undefined,
    onFailure: dice.chance(0.15) ? "hold" : "rollback",
    killAt: kill && !byAwait ? dice.int(50, 40_000) : undefined,
    killAwait: byAwait ? dice.int(1, 400) : undefined,
    interruptAt: on.has("interrupt") && dice.chance(0.6) ? dice.int(100, 40_000) : undefined,
    stopAt: stops ? dice.int(100, 30_000) : undefined,
    stopFor: stops ? dice.pick([2_000, 20_000, 60_000, 240_000]) : 0,
    ...change,
  });
}

function troublesOf(dice: Dice, on: On, count: number): readonly Trouble[] {
  const some = (most: number) => Array.from({ length: dice.int(1, most) }, () => dice.int(0, count - 1));
  const times = (kind: Trouble["kind"], most: number, make: () => Omit<Trouble, "kind">): readonly Trouble[] =>
    on.has(kind) ? Array.from({ length: dice.int(1, most) }, () => ({ kind, ...make() })) : [];
  const at = () => dice.int(0, 60_000);
  return [
    ...times("power-short", 4, () => ({ hosts: some(1), at: at(), for: dice.int(500, 10_000) })),
    ...times("power-long", 2, () => ({ hosts: some(2), at: at(), for: dice.int(20_000, 300_000) })),
    ...times("down", 1, () => ({ hosts: some(2), at: 0, for: dice.int(30_000, 400_000) })),
    ...times("partition", 3, () => ({ hosts: some(count), at: at(), for: dice.int(500, 90_000) })),
    ...times("disk-full", 1, () => ({
      hosts: some(2),
      at: dice.pick([0, 3_000, 12_000]),
      for: dice.int(5_000, 100_000),
    })),
    ...times("blind", 2, () => ({ hosts: some(count), at: at(), for: dice.int(1_000, 60_000) })),
    ...times("revert-fails", 2, () => ({ hosts: some(2), at: at(), for: dice.int(5_000, 100_000) })),
  ];
}
