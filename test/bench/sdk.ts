import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { open, type Ship } from "../../src/sdk/open.ts";

export const about = "what a flag and a limit cost an application a call, against a bare Map's lookup";

/** Calls in one round; the best of the rounds counts, as all that disturbs makes them slower. */
const calls = 500_000;
const rounds = 7;

const variants = { on: true, off: false };
const plain = { state: "ENABLED", variants, defaultVariant: "on" };
const ids = Array.from({ length: 10_000 }, (_, index) => `shop-${index}`);

const file = {
  flags: {
    plain,
    ruled: { ...plain, targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", "off"] } },
    share: {
      ...plain,
      targeting: {
        fractional: [
          ["on", 10],
          ["off", 90],
        ],
      },
    },
    listed: { ...plain, targeting: { if: [{ in: [{ var: "targetingKey" }, ids] }, "on", "off"] } },
    version: { ...plain, targeting: { if: [{ sem_ver: [{ var: "version" }, ">=", "1.4.0"] }, "on", "off"] } },
  },
};

/** Prints nanoseconds a call, and how many lookups in a Map that is. */
export async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ship-bench-"));
  writeFileSync(join(folder, "flags.json"), JSON.stringify(file));
  const ship = open({ folder });
  try {
    tell(await measured(ship));
    process.stdout.write(reading());
  } finally {
    ship.close();
    rmSync(folder, { recursive: true });
  }
}

/** Nothing of it runs in a thread of its own. */
export function work(): void {}

async function measured(ship: Ship): Promise<ReadonlyMap<string, number>> {
  const context = { targetingKey: "shop-4711", plan: "pro", version: "1.4.2" };
  const bare = new Map(Object.entries(variants));
  const costs = new Map([["a Map's lookup", best(() => bare.get("on") === true)]]);
  for (const key of Object.keys(file.flags))
    costs.set(
      `flag: ${key}`,
      best(() => ship.flag(key, false, context)),
    );
  costs.set(
    "flag: none of that name",
    best(() => ship.flag("nobody", false, context)),
  );
  return costs.set("limit: let through", await limited(ship));
}

function best(call: () => boolean): number {
  return Math.min(...Array.from({ length: rounds }, () => timed(call)));
}

/** The answers are summed up, so that no compiler can leave the calls out. */
function timed(call: () => boolean): number {
  const begin = process.hrtime.bigint();
  let held = 0;
  for (let index = 0; index < calls; index++) if (call()) held++;
  const took = Number(process.hrtime.bigint() - begin) / calls;
  return held < 0 ? Number.NaN : took;
}

/** The best of the rounds too; each call is waited for, as an application does. */
async function limited(ship: Ship): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = process.hrtime.bigint();
    for (let index = 0; index < calls; index++) await ship.limit("publish", Number.MAX_VALUE, () => index);
    least = Math.min(least, Number(process.hrtime.bigint() - begin) / calls);
  }
  return least;
}

/** What it takes to read a file of 200 flags for 2,000 customers each, against JSON.parse of the same text. */
function reading(): string {
  const { listed } = file.flags;
  const names = ids.slice(0, 2_000);
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, flag) => [
      `flag-${flag}`,
      { ...listed, targeting: { if: [{ in: [{ var: "targetingKey" }, names.map((id) => `${id}-${flag}`)] }, "on"] } },
    ]),
  );
  const text = JSON.stringify({ flags: many });
  const [parse, read] = [() => JSON.parse(text), () => readDefinitions(text, () => 0)].map(leastOf);
  const ratio = (read ?? Number.NaN) / (parse ?? Number.NaN);
  return `200 flags for 2,000 customers each are read in ${read?.toFixed(0)} ms, ${ratio.toFixed(2)} times JSON.parse\n`;
}

function leastOf(work: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return Math.min(...times);
}

function tell(costs: ReadonlyMap<string, number>): void {
  const [lookup = Number.NaN] = costs.values();
  for (const [name, cost] of costs)
    process.stdout.write(
      `${name.padEnd(26)}${cost.toFixed(1).padStart(8)} ns a call ${(cost / lookup).toFixed(1).padStart(8)} lookups\n`,
    );
}
