import { fork } from "node:child_process";
import { once } from "node:events";
import { against, atMost, type Bench, type Part, type Row } from "./row.ts";

/** Plans a fleet that was never there, in processes of their own, so that each memory is its own. */
export const plan: Part = { needs: [], rows };

async function rows({ asked }: Bench): Promise<readonly Row[]> {
  const count = asked.quick ? 20_000 : 100_000;
  const [large, small] = [await planned(count), await planned(count / 100)];
  const work = `plan ${count} hosts (simulated)`;
  const name = `a hundred times ${count / 100} hosts`;
  return [
    atMost(`${work}: time`, large.seconds, count / 50_000, "s CPU"),
    atMost(`${work}: peak`, large.peak, 1000, "MB"),
    against({
      work: `${work}: growth`,
      ship: large.seconds,
      peer: 100 * small.seconds,
      unit: "s CPU",
      name,
      bar: { most: 1.2 },
    }),
  ];
}

type Planning = { readonly seconds: number; readonly peak: number };

async function planned(hosts: number): Promise<Planning> {
  const child = fork(process.argv[1] ?? "", ["ssh", "--planned", String(hosts)]);
  const over = once(child, "exit").then(() => []);
  const [told]: unknown[] = await Promise.race([once(child, "message"), over]);
  if (typeof told !== "object" || told === null || !("seconds" in told) || !("peak" in told))
    throw new Error("no plan");
  return { seconds: Number(told.seconds), peak: Number(told.peak) };
}
