import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { parentPort, Worker } from "node:worker_threads";
import { type Case, type Gate, type Outcome, player } from "./evidence/outcome.ts";
import { allScenarios, apartScenarios, badScenarios, healthyScenarios, type Scenario } from "./evidence/scenario.ts";
import { badTable, falseText, healthyTable, type Row } from "./evidence/table.ts";

export const about = "how often a healthy rollout is taken back, and how soon a bad one is caught";

/**
 * Options: `--seed`, `--rollouts` (healthy ones, over all scenarios and rates), `--bad` (for each scenario and rate), and
 * in seconds `--bake`, `--longest` (of a bake that weak evidence stretches) and `--every` (between two measurements).
 * `--only` names scenarios by a part of their names.
 */
export async function bench(options: readonly string[]): Promise<void> {
  const asked = askedOf(options);
  const started = performance.now();
  const cases = casesOf(asked);
  const outcomes = await playAll(options, cases.length);
  const rows = (scenarios: readonly Scenario[]) => rowsOf(scenarios, cases, outcomes);
  const seconds = Math.round((performance.now() - started) / 1000);
  const text = [
    `seed ${asked.seed}, ${cases.length} rollouts in ${seconds} s: 12 hosts in stages of 1, 3 and 12, ${gateText(asked.gate)}`,
    "",
    healthyTable([...rows(healthyScenarios), ...rows(apartScenarios)]),
    "",
    falseText("healthy rollouts", rows(healthyScenarios)),
    ...apartScenarios.map((one) => falseText(`apart, ${one.name}`, rows([one]))),
    "",
    ...(rows(badScenarios).length === 0 ? [] : [badTable(rows(badScenarios)), ""]),
    legend,
    "",
  ];
  process.stdout.write(text.join("\n"));
}

const legend = [
  "taken back, caught: on a verdict. few, close: held without one and nothing more exposed, because there were fewer events",
  "than an assertion needs, or because an estimate was beyond its limit and proved nothing yet. passed: let through.",
  "s: median time from the end of the first bad host's warm-up to the verdict. hosts: with the change by then, median.",
  "The last columns are plain thresholds on the same traffic, looked at every 10 s: on the last 10 s or the last minute,",
  "where one look ends it; patient: on the last minute, with 100 requests at least, where two looks of five end it.",
  "What they ended before anything was bad is not in their share caught.",
].join("\n");

/** What a worker thread does: each of so many rollouts, and tells their outcomes as they come. */
export function work(options: readonly string[]): void {
  const asked = askedOf(options);
  const play = player(asked.gate, asked.seed);
  for (const [index, one] of casesOf(asked).entries()) {
    if (index % asked.of === asked.part) parentPort?.postMessage({ index, outcome: play(one) });
  }
}

type Asked = {
  readonly gate: Gate;
  readonly seed: number;
  readonly rollouts: number;
  readonly bad: number;
  readonly only: string;
  /** Which of how many parts of the rollouts. */
  readonly part: number;
  readonly of: number;
};

const numbers = { seed: 1, rollouts: 10_000, bad: 300, bake: 120, longest: 0, every: 0, part: 0, of: 1 };

function askedOf(options: readonly string[]): Asked {
  const known = Object.fromEntries(
    [...Object.keys(numbers), "only"].map((name) => [name, { type: "string" } as const]),
  );
  const { values } = parseArgs({ args: [...options], options: known });
  const number = (name: keyof typeof numbers) => Number(values[name] ?? numbers[name]);
  const bake = number("bake") * 1000;
  const every = number("every") * 1000;
  const gate = { bake, longestBake: Math.max(bake, number("longest") * 1000), every: every === 0 ? undefined : every };
  return {
    gate,
    seed: number("seed"),
    rollouts: number("rollouts"),
    bad: number("bad"),
    only: values["only"] ?? "",
    part: number("part"),
    of: number("of"),
  };
}

function gateText({ bake, longestBake, every }: Gate): string {
  const longest = longestBake > bake ? ` to ${longestBake / 1000} s` : "";
  const measured = every === undefined ? "measured as by default" : `measured every ${every / 1000} s`;
  return `bakes of ${bake / 1000} s${longest}, ${measured}`;
}

/** Healthy rollouts are dealt out equally over the scenarios, and then over the rates; those apart come on top. */
function casesOf({ rollouts, bad, only }: Asked): readonly Case[] {
  const each = rollouts / healthyScenarios.length;
  return allScenarios.flatMap((scenario, at) =>
    scenario.rates.flatMap((rate) => {
      if (!scenario.name.includes(only)) return [];
      const count = scenario.bad === undefined ? Math.ceil(each / scenario.rates.length) : bad;
      return Array.from({ length: count }, (_, number) => ({ scenario: at, rate, number }));
    }),
  );
}

/** A thread for each core; each does its share of every row. */
async function playAll(options: readonly string[], count: number): Promise<readonly Outcome[]> {
  const outcomes = new Map<number, Outcome>();
  const threads = availableParallelism();
  const heard = ({ index, outcome }: { readonly index: number; readonly outcome: Outcome }) => {
    outcomes.set(index, outcome);
    if (outcomes.size % 500 === 0) process.stderr.write(`${outcomes.size} of ${count} rollouts\n`);
  };
  const parts = Array.from({ length: threads }, (_, part) =>
    threaded([...options, `--part=${part}`, `--of=${threads}`], heard),
  );
  await Promise.all(parts);
  return Array.from({ length: count }, (_, index) => {
    const outcome = outcomes.get(index);
    if (outcome === undefined) throw new Error(`rollout ${index} has no outcome`);
    return outcome;
  });
}

function threaded(
  options: readonly string[],
  heard: (message: { readonly index: number; readonly outcome: Outcome }) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(process.argv[1] ?? "", { argv: ["evidence", ...options] });
    worker.on("message", heard);
    worker.on("error", reject);
    worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  });
}

function rowsOf(scenarios: readonly Scenario[], cases: readonly Case[], outcomes: readonly Outcome[]): readonly Row[] {
  const all = scenarios.flatMap((scenario) =>
    scenario.rates.map((rate) => {
      const isMine = (one: Case | undefined) => one?.rate === rate && allScenarios[one.scenario] === scenario;
      return { name: scenario.name, rate, outcomes: outcomes.filter((_, index) => isMine(cases[index])) };
    }),
  );
  return all.filter((row) => row.outcomes.length > 0);
}
