import { believedRecords } from "../core/belief.ts";
import type { HostRecord } from "../core/host.ts";
import { type OwnRate, unstopped, withPace } from "../core/pace.ts";
import type { Seen } from "../core/plan.ts";
import { byName, type Runner, runnersOf, witnesses } from "../core/runner.ts";
import { type Beaten, readBeat, readWord, type Word, wordText } from "../core/sign.ts";
import { type Steered, saidOn, steeredFrom } from "../core/steered.ts";
import type { LivesHere } from "./attend.ts";
import { glanceAtFleet } from "./observe.ts";
import { hostOf, type Targets, treeOn, type World } from "./world.ts";

/** `nonce`: below a thousand, and drawn by chance, so that two who speak at once are told apart. */
export type Saying = Pick<Word, "word" | "by" | "why"> & { readonly nonce: number; readonly set?: Setting };

/** One of ship's own rates, and the whole number that it is set to. */
export type Setting = { readonly rate: OwnRate; readonly value: number };

/** What became of a word. `stage` is the one that was told last; `release` is what the rollout brings; `typed` are its options. */
export type Said =
  /** No rollout is open. */
  | { readonly type: "nothing" }
  | ({ readonly type: "taken"; readonly holder: string } & Open)
  /** The runner heard it, and there was nothing to do for it: `doing` is what it does instead. */
  | ({ readonly type: "vain"; readonly holder: string; readonly doing: string } & Open)
  /**
   * Nobody took it: an approval, a resume and a rate that stops nothing stay where the next run finds them. `silent`: who may run the rollout still, and
   * goes on when it wakes up; undefined when that is over.
   */
  | ({ readonly type: "unheard"; readonly silent: string | undefined } & Open)
  /** It runs, and its witnesses do not agree on the stage that an approval would be for: nothing was said. */
  | ({ readonly type: "unclear"; readonly holder: string } & Open)
  /** Not one witness could be told. */
  | ({ readonly type: "unsaid"; readonly hosts: readonly string[] } & Open);

type Open = { readonly rollout: string; readonly release: string; readonly stage: string; readonly typed: string };

/** How long a runner is given to take a word: some of its beats, ms. */
const patienceMs = 12_000;
const everyMs = 1_000;

/** How often a word is said again that another's was taken for. */
const insistence = 5;

type Spoken = { readonly seen: ReadonlyMap<string, Seen>; readonly saying: Saying; readonly livesHere: LivesHere };

/**
 * Leaves a word on the hosts for whoever runs the component's rollout, and waits until that run says that it took it. Where
 * it took another's word in its place, which was said at the same time, the word is said again.
 */
export async function say(world: World, targets: Targets, spoken: Spoken, again = insistence): Promise<Said> {
  const said = await sayOnce(world, targets, spoken);
  if (said !== "passed over") return said;
  const seen = await glanceAtFleet(world, targets);
  if (again > 0) return say(world, targets, { ...spoken, seen }, again - 1);
  const open = openIn(seen);
  return open === undefined ? { type: "nothing" } : { type: "unheard", silent: undefined, ...open };
}

async function sayOnce(
  world: World,
  targets: Targets,
  { seen, saying, livesHere }: Spoken,
): Promise<Said | "passed over"> {
  const open = openIn(seen);
  if (open === undefined) return { type: "nothing" };
  const runner = runnersOf(seen).find((one) => one.rollout === open.rollout && livesHere(one.holder) !== false);
  const word = wordFor(seen, open, saying);
  if (runner === undefined && !stays(word)) return { type: "unheard", silent: undefined, ...open };
  if (runner !== undefined && saying.word === "approve" && open.stage === "")
    return { type: "unclear", holder: runner.holder, ...open };
  const hosts = (runner?.hosts ?? hostsOf(seen, open)).slice(0, witnesses);
  const told = await leave(world, targets, { hosts, textOn: () => wordText(word) });
  const taken = runner === undefined ? "not" : await takenNow(world, targets, { hosts: told, runner, word });
  if (taken === "passed over") return taken;
  if (runner !== undefined && taken !== "not") return heardBy(runner, open, taken);
  // From all that were asked: where the answer was lost the word may lie as well. What lay there before comes back.
  if (!stays(word)) await leave(world, targets, { hosts, textOn: (host) => wordOn(seen, host) });
  if (told.length === 0) return { type: "unsaid", hosts, ...open };
  return { type: "unheard", silent: runner?.holder, ...open };
}

function heardBy({ holder }: Runner, open: Open, { vain, doing }: Beaten): Said {
  return vain ? { type: "vain", holder, doing, ...open } : { type: "taken", holder, ...open };
}

function stays({ word, paces }: Word): boolean {
  return word === "approve" || word === "resume" || (word === "rate" && paces.at(-1)?.value !== 0);
}

/** The word that lay on a host when it was looked at. */
function wordOn(seen: ReadonlyMap<string, Seen>, host: string): string {
  const one = seen.get(host);
  const word = one?.type === "observed" ? readWord(one.observation.signs.word) : undefined;
  return word === undefined ? "" : wordText(word);
}

/** The rollout that was fenced last and that nobody has ended. */
function openIn(seen: ReadonlyMap<string, Seen>): Open | undefined {
  const records = believedRecords(seen);
  const open = records.filter((record) => record.open !== "").sort((a, b) => a.generation - b.generation);
  const rollout = open.at(-1)?.open;
  if (rollout === undefined) return undefined;
  // A rollout brings one release: where a host says otherwise, one of them lies.
  const releases = new Set(records.filter((record) => record.rollout === rollout).map(({ target }) => target));
  const [first = ""] = releases;
  const { stage, typed } = saidOn(credible(seen, records), rollout);
  return { rollout, release: releases.size === 1 ? first : "", stage, typed };
}

/** Without beats of a generation that no believed host is of: the liar would be its only witness. */
function credible(seen: ReadonlyMap<string, Seen>, records: readonly HostRecord[]): ReadonlyMap<string, Seen> {
  const newest = records.reduce((most, { generation }) => Math.max(most, generation), 0);
  const beatOf = (one: Seen) => (one.type === "observed" ? readBeat(one.observation.signs.beat) : undefined);
  return new Map([...seen].filter(([, one]) => (beatOf(one)?.generation ?? 0) <= newest));
}

function hostsOf(seen: ReadonlyMap<string, Seen>, { rollout }: Open): readonly string[] {
  const open = [...seen].filter(([, one]) => one.type === "observed" && one.observation.record.open === rollout);
  return open.map(([host]) => host).sort(byName);
}

/** Newer than any before, by a thousand and a nonce; what was approved and set before stays so. */
function wordFor(seen: ReadonlyMap<string, Seen>, { rollout, stage }: Open, saying: Saying): Word {
  const { words, taken } = saidOn(seen, rollout);
  const before = words.flatMap(({ approved }) => approved);
  const approved =
    saying.word === "approve" && stage !== "" ? [...before.filter((one) => one !== stage), stage] : before;
  const newest = Math.max(taken, ...words.map(({ number }) => number));
  const { word, by, why, nonce } = saying;
  const number = 1_000 * (Math.floor(newest / 1_000) + 1) + nonce;
  return { word, by, why, rollout, approved, number, ...standing(steeredFrom(seen, rollout), saying) };
}

/** How it stands after that: a resume and an approval take back what was stopped. */
function standing({ paused, paces }: Steered, { word, set }: Saying): Pick<Word, "paces" | "pausedBy"> {
  const isOn = word === "resume" || word === "approve";
  const kept = isOn ? unstopped(paces) : paces;
  return { paces: set === undefined ? kept : withPace(kept, set.rate, set.value), pausedBy: paused?.by ?? "" };
}

/** The hosts that have it now. */
async function leave(
  world: World,
  { component, hosts: known }: Targets,
  { hosts, textOn }: { readonly hosts: readonly string[]; readonly textOn: (host: string) => string },
): Promise<readonly string[]> {
  const targets = { component, hosts: known };
  const answers = await Promise.all(
    hosts.map(async (name) => {
      const host = hostOf(targets, name);
      return {
        name,
        answer: await world.hosts.perform(host, treeOn(component, host), { type: "steer", text: textOn(name) }),
      };
    }),
  );
  return answers.flatMap(({ name, answer }) => (answer.type === "done" ? [name] : []));
}

type Waiting = { readonly hosts: readonly string[]; readonly runner: Runner; readonly word: Word };

/**
 * The beat that says that it was taken. A runner takes words by their numbers: one beyond this one's was taken after it, or in
 * its place. Another's may also have been written over it.
 */
async function takenNow(
  world: World,
  targets: Targets,
  { hosts, runner, word }: Waiting,
): Promise<Beaten | "passed over" | "not"> {
  const until = world.clock.now() + (hosts.length === 0 ? 0 : patienceMs);
  while (world.clock.now() < until) {
    await world.clock.sleep(everyMs);
    const looks = await Promise.all(hosts.map((name) => lookAt(world, targets, name)));
    const seen = looks.flatMap((answer) => (answer.type === "observed" ? [answer.observation] : []));
    const beats = seen.flatMap(({ signs }) => readBeat(signs.beat) ?? []);
    const own = beats.filter(({ rollout }) => rollout === word.rollout).sort((a, b) => a.taken - b.taken);
    const last = own.at(-1);
    const newest = last?.taken ?? 0;
    if (last !== undefined && newest === word.number) return last;
    const lies = seen.some(({ signs }) => readWord(signs.word)?.number === word.number);
    if (newest > word.number || (seen.length > 0 && !lies)) return "passed over";
    const left = seen.filter(({ record }) => record.run === runner.run && record.open !== "" && record.holder !== "");
    if (seen.length > 0 && left.length === 0) return "not";
  }
  return "not";
}

function lookAt(world: World, targets: Targets, name: string) {
  const host = hostOf(targets, name);
  return world.hosts.perform(host, treeOn(targets.component, host), { type: "observe" });
}
