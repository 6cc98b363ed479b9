import { play } from "./episode.ts";
import type { Command, Network, Schedule } from "./schedule.ts";

/** The least that may be tried; each is a whole schedule. */
const patience = 400;

/** A smaller schedule that breaks the same promise: parts are left out, one by one, as long as it does. */
export async function shrink(schedule: Schedule): Promise<Schedule> {
  const broken = (await play(schedule)).violation?.invariant;
  let small = schedule;
  let left = patience;
  for (let before: Schedule | undefined; before !== small && left > 0; ) {
    before = small;
    for (const make of smaller(small)) {
      const tried = make(small);
      if (tried === undefined || left === 0) continue;
      left -= 1;
      if ((await play(tried)).violation?.invariant === broken) small = tried;
    }
  }
  return small;
}

type Make = (schedule: Schedule) => Schedule | undefined;

/** Every way to make it smaller; one that changes nothing gives undefined. Those that take most away come first. */
function smaller({ commands, troubles, words }: Schedule): readonly Make[] {
  const calm: Partial<Command> = {
    killAt: undefined,
    killAwait: undefined,
    interruptAt: undefined,
    stopAt: undefined,
    timeout: undefined,
    now: false,
    retryBad: false,
    onFailure: "rollback",
  };
  const kinds = [
    "lost-before",
    "lost-after",
    "late",
    "slow",
    "duplicate",
  ] as const satisfies readonly (keyof Network)[];
  return [
    ...troubles.map(
      (trouble): Make =>
        (now) =>
          without(now, "troubles", trouble),
    ),
    ...words.map(
      (word): Make =>
        (now) =>
          without(now, "words", word),
    ),
    ...commands.map(
      (command): Make =>
        (now) =>
          now.commands.length > 1 ? without(now, "commands", command) : undefined,
    ),
    ...kinds.map(
      (kind): Make =>
        (now) => {
          return now.network[kind] === 0 ? undefined : { ...now, network: { ...now.network, [kind]: 0 } };
        },
    ),
    ...commands.flatMap((command) =>
      Object.entries(calm).map(
        ([key, value]): Make =>
          (now) => {
            const at = now.commands.indexOf(command);
            const other = now.commands[at];
            if (other === undefined || Reflect.get(other, key) === value) return undefined;
            return { ...now, commands: now.commands.with(at, { ...other, [key]: value }) };
          },
      ),
    ),
    ...plainer.map(
      (change): Make =>
        (now) => {
          return Object.entries(change).every(([key, value]) => Reflect.get(now, key) === value)
            ? undefined
            : { ...now, ...change };
        },
    ),
    (now) =>
      now.running.every((one) => one === "v407") ? undefined : { ...now, running: now.running.map(() => "v407") },
    (now) => (now.versions["v408"]?.bad === undefined ? undefined : { ...now, versions: {} }),
    (now) => fewer(now),
  ];
}

const plainer: readonly Partial<Schedule>[] = [
  { finale: "next" },
  { drains: false },
  { once: "none" },
  { proof: "version" },
  { restart: 200 },
  { maxFailed: 0 },
  { width: 1 },
  { back: 1 },
];

function without<K extends "troubles" | "words" | "commands">(
  schedule: Schedule,
  key: K,
  item: Schedule[K][number],
): Schedule | undefined {
  const items: readonly Schedule[K][number][] = schedule[key];
  if (!items.includes(item)) return undefined;
  return { ...schedule, [key]: items.filter((one) => one !== item) };
}

/** One host less, where the last cohort keeps more than the one before it. */
function fewer(schedule: Schedule): Schedule | undefined {
  const last = schedule.cohorts.at(-1) ?? 0;
  const before = schedule.cohorts.at(-2) ?? 0;
  if (last - 1 <= before) return undefined;
  return { ...schedule, cohorts: [...schedule.cohorts.slice(0, -1), last - 1], running: schedule.running.slice(0, -1) };
}
