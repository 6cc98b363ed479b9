import { type Command, commandAt, type Network, type Schedule } from "../simulation/schedule.ts";

const first: Command = commandAt(0, {});
const still: Network = { "lost-before": 0, "lost-after": 0, late: 0, slow: 0, duplicate: 0 };
const bad: Schedule["versions"] = {
  v408: { bad: "bad-metric", from: 1, after: 0 },
  v409: { bad: undefined, from: 0, after: 0 },
};

/** Schedules made for one kind of fault each, swept over time or chance: what a storm meets now and then, they meet at once. */
export const drills: ReadonlyMap<string, readonly Schedule[]> = new Map([
  [
    "a rollback at any moment",
    sweep(60, 220, (at) => ({ commands: [first, commandAt(at, { machine: "m3", version: "" })] })),
  ],
  [
    "a second deployer at any moment",
    sweep(60, 220, (at) => ({ commands: [first, commandAt(at, { machine: "m2", version: "v409" })] })),
  ],
  [
    "two at once",
    sweep(40, 15, (at) => ({
      commands: [first, commandAt(at, { machine: "m2", version: "v409" })],
      network: { ...still, slow: 0.3 },
    })),
  ],
  [
    "a kill, and others go on",
    sweep(60, 220, (at) => ({
      commands: [
        { ...first, killAt: at },
        commandAt(at + 300, { machine: "m2", version: at % 440 === 0 ? "v409" : "v408" }),
      ],
      network: { ...still, late: 0.5 },
    })),
  ],
  [
    "a killed run, and the same again",
    sweep(60, 220, (at) => ({ commands: [{ ...first, killAt: at }, commandAt(at + 500, {})] })),
  ],
  [
    "a bad version, killed, and the same again",
    sweep(60, 330, (at) => ({ versions: bad, commands: [{ ...first, killAt: at }, commandAt(at + 500, {})] })),
  ],
  [
    "killed while orders are late",
    sweep(80, 500, (at) => ({ commands: [{ ...first, killAt: at }], network: { ...still, late: 0.4 } })),
  ],
  [
    "stopped until a lease ends",
    sweep(40, 120, (at) => ({
      restart: 4_000,
      commands: [{ ...first, stopAt: 7_700, stopFor: 24_500 + at }],
      network: { ...still, duplicate: 0.7 },
    })),
  ],
  ["stopped for long", sweep(40, 330, (at) => ({ commands: [{ ...first, stopAt: at, stopFor: 60_000 }] }))],
  [
    "hosts that fall silent before the fence",
    sweep(30, 10, (at) => ({ troubles: [{ kind: "partition", hosts: [2, 3], at: 40 + at, for: 60_000 }] })),
  ],
  [
    "hosts whose process cannot be found",
    sweep(20, 500, (at) => ({ troubles: [{ kind: "blind", hosts: [0, 1, 2, 3], at: 1_000 + at, for: 60_000 }] })),
  ],
  ["slow orders", sweep(60, 1, () => ({ network: { ...still, slow: 0.9 } }))],
  [
    "a killed run, and another version",
    sweep(60, 220, (at) => ({
      commands: [{ ...first, killAt: at }, commandAt(at + 500, { version: "v409" })],
    })),
  ],
  [
    "a killed run, and the same again as its leases end",
    sweep(50, 100, (at) => ({
      maxFailed: 0,
      commands: [{ ...first, killAt: 7_700 }, commandAt(29_500 + at, {})],
    })),
  ],
  [
    "interrupted while answers are lost",
    sweep(80, 90, (at) => ({
      commands: [{ ...first, interruptAt: 4_000 + at }],
      network: { ...still, "lost-before": 0.3 },
    })),
  ],
  [
    "one host falls silent in a long stage",
    sweep(40, 30, (at) => ({
      cohorts: [1, 16],
      running: Array.from({ length: 16 }, () => "v407"),
      maxFailed: 1,
      drains: true,
      troubles: [{ kind: "partition", hosts: [1], at: 6_900 + at, for: 80_000 }],
    })),
  ],
  [
    "stopped, and overtaken a moment ago",
    sweep(40, 280, (at) => ({
      commands: [
        { ...first, stopAt: 1_000 + at, stopFor: 12_400 },
        commandAt(2_000 + at, { machine: "m2", version: "v409" }),
      ],
    })),
  ],
  [
    "stopped while it undrains",
    sweep(60, 60, (at) => ({ drains: true, commands: [{ ...first, stopAt: 1_500 + at, stopFor: 60_000 }] })),
  ],
  [
    "overtaken, and going on",
    sweep(6, 1_000, (at) => ({
      commands: [
        { ...first, stopAt: 6_000 + at, stopFor: 60_000 },
        commandAt(7_000 + at, { machine: "m2", version: "v409" }),
      ],
    })),
  ],
  [
    "interrupted in a long activation",
    sweep(30, 250, (at) => ({ restart: 5_900, commands: [{ ...first, interruptAt: 300 + at }] })),
  ],
  ["now and then a lost order", sweep(80, 1, () => ({ network: { ...still, "lost-before": 0.08 } }))],
  ["late orders", sweep(60, 1, () => ({ network: { ...still, late: 0.25, "lost-before": 0.05 } }))],
  [
    "late orders of a bad version",
    sweep(60, 1, () => ({ versions: bad, network: { ...still, late: 0.25, "lost-before": 0.05 } })),
  ],
  ["lost answers", sweep(60, 1, () => ({ network: { ...still, "lost-after": 0.4, "lost-before": 0.2 } }))],
  ["copies", sweep(40, 1, () => ({ network: { ...still, duplicate: 0.4 } }))],
  [
    "hosts that fall silent at any moment",
    sweep(60, 220, (at) => ({ troubles: [{ kind: "partition", hosts: [at % 3, (at + 1) % 3], at, for: 45_000 }] })),
  ],
  [
    "hosts that fall silent while a bad version goes back",
    sweep(60, 120, (at) => ({
      versions: bad,
      troubles: [{ kind: "partition", hosts: [0], at: 5_000 + at, for: 60_000 }],
    })),
  ],
  [
    "power cuts at any moment",
    sweep(60, 220, (at) => ({
      commands: [{ ...first, killAt: at + 100 }],
      troubles: [{ kind: "power-short", hosts: [0, 1, 2], at, for: 2_000 }],
    })),
  ],
  ["interrupted at any moment", sweep(60, 220, (at) => ({ commands: [{ ...first, interruptAt: at }] }))],
  [
    "stopped for long, and overtaken",
    sweep(40, 330, (at) => ({
      commands: [{ ...first, stopAt: at, stopFor: 60_000 }, commandAt(at + 1_000, { machine: "m2", version: "v409" })],
    })),
  ],
  [
    "a second deployer",
    sweep(10, 700, (at) => ({ commands: [first, commandAt(1_000 + at, { machine: "m2", version: "v409" })] })),
  ],
  [
    "interrupted while it goes back, and the same again",
    sweep(1, 0, () => ({
      versions: bad,
      drains: false,
      maxFailed: 0,
      commands: [{ ...first, interruptAt: 12_000 }, commandAt(25_000, {})],
    })),
  ],
  [
    "an old release that does not start any more",
    sweep(40, 220, (at) => ({
      versions: bad,
      troubles: [{ kind: "revert-fails", hosts: [0, 1, 2], at, for: 60_000 }],
    })),
  ],
]);

/** Drills of which it is known how their commands end. */
export const outcomes: ReadonlyMap<string, readonly string[]> = new Map([
  ["a second deployer", ["done", "locked"]],
  ["overtaken, and going on", ["locked", "done"]],
  ["a killed run, and the same again as its leases end", ["killed", "done"]],
  ["interrupted while it goes back, and the same again", ["interrupted", "rolled-back"]],
]);

/** `count` schedules on a small calm fleet, each changed in its own way: at so many ms more than the one before. */
function sweep(count: number, every: number, change: (at: number) => Partial<Schedule>): readonly Schedule[] {
  return Array.from({ length: count }, (_, index) => ({ ...calmOn(index), ...change(index * every) }));
}

function calmOn(index: number): Schedule {
  return {
    seed: 1_000 + index,
    cohorts: [1, 4],
    width: 2,
    back: 1,
    maxFailed: index % 3 === 2 ? 1 : 0,
    onBlind: "hold",
    drains: index % 2 === 1,
    proof: "version",
    once: "none",
    restart: 1_500,
    running: ["v407", "v406", "v407", "v405"],
    versions: { v408: { bad: undefined, from: 0, after: 0 }, v409: { bad: undefined, from: 0, after: 0 } },
    network: still,
    commands: [first],
    troubles: [],
    words: [],
    calm: 90_000,
    finale: "again",
  };
}
