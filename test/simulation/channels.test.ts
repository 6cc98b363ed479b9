import { describe, expect, test } from "vitest";
import type { StagePolicy } from "../../src/core/component.ts";
import type { Host } from "../../src/core/fleet.ts";
import type { Operation } from "../../src/core/host.ts";
import { component } from "./component.ts";
import { type Lab, lab, rollBack, ship } from "./lab.ts";

/**
 * How often a host is asked in a whole rollout where nothing goes wrong: a step is one operation, and an operation is one
 * channel (test/host/channels.test.ts). Nothing is asked twice.
 */
const steps: Readonly<Partial<Record<Operation["type"], number>>> = {
  ...{ observe: 1, fence: 1, place: 1, arm: 1, switch: 1, activate: 1, confirm: 1, prove: 1, close: 1 },
};

/** These go on as long as time does: a beat on each of three witnesses, and what is measured. */
const byTime: ReadonlySet<string> = new Set(["beat", "check", "processes", "get", "execute"]);

/** A rollout on a small fleet, with what each host was asked. */
function counting(lab: Lab): ReadonlyMap<string, Partial<Record<string, number>>> {
  const { perform } = lab.simulation.hosts;
  const counts = new Map<string, Partial<Record<string, number>>>();
  const counted = async (host: Host, place: Parameters<typeof perform>[1], operation: Operation) => {
    const own = counts.get(host.name) ?? {};
    own[operation.type] = (own[operation.type] ?? 0) + 1;
    counts.set(host.name, own);
    const answer = await perform(host, place, operation);
    if (answer.type !== "observed" || operation.type !== "observe" || operation.health === undefined) return answer;
    // As a host does that takes the check along.
    return { ...answer, health: await perform(host, place, { type: "check", ...operation.health }) };
  };
  Object.assign(lab.simulation.hosts, { perform: counted });
  return counts;
}

function fleet(): Lab {
  const sizes = new Map([
    ["internal", 1],
    ["all", 6],
  ]);
  return lab(sizes, component([...sizes.keys()].map(stageOf)));
}

function stageOf(cohort: string): StagePolicy {
  return { cohort, share: undefined, bake: 30_000, longestBake: 30_000, maxFailed: undefined };
}

const withoutTime = (own: Partial<Record<string, number>> | undefined) =>
  Object.fromEntries(Object.entries(own ?? {}).filter(([type]) => !byTime.has(type)));

describe("a host is asked once a step", () => {
  test("in a whole rollout, whatever its stage", async () => {
    const small = fleet();
    const counts = counting(small);
    const { ended } = await ship(small, { version: "v408" });
    expect(ended).toMatchObject({ outcome: "done" });
    for (const [host, own] of counts) expect(withoutTime(own), host).toEqual(steps);
  });

  test("and where all is proven already, once in all", async () => {
    const small = fleet();
    await ship(small, { version: "v408" });
    const counts = counting(small);
    await ship(small, { version: "v408" });
    for (const [host, own] of counts) expect(own, host).toEqual({ observe: 1 });
  });

  test("in a rollback a revert is one", async () => {
    const small = fleet();
    await ship(small, { version: "v408" });
    await ship(small, { version: "v409" });
    const counts = counting(small);
    const { ended } = await rollBack(small);
    expect(ended).toMatchObject({ outcome: "done" });
    for (const [host, own] of counts) expect(withoutTime(own), host).toMatchObject({ observe: 1, fence: 1, revert: 1 });
  });
});
