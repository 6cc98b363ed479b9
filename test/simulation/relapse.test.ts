import * as fc from "fast-check";
import { expect, test } from "vitest";
import { component } from "./component.ts";
import { isOut } from "./fleet.ts";
import { type Lab, lab, releaseOf, rollBack, type Shipped, ship } from "./lab.ts";
import { running } from "./seed.ts";

const runs = { numRuns: Number(process.env["SHIP_RUNS"] ?? 25) };
const share = (count: number) => ({ type: "count", count }) as const;
const stage = { cohort: "all", share: undefined, bake: 8_000, longestBake: 8_000, maxFailed: undefined };

/** A fleet whose new version is found bad in its bake, by when the old one would come up ill. */
function open(hosts: number, width: number): Lab {
  const policy = { maxUnavailable: share(hosts), rollback: { maxUnavailable: share(width) } };
  const made = lab(new Map([["all", hosts]]), component([stage], policy));
  running(made, "v407");
  made.behaviours.set("v409", { errors: 0.2, errorsAfter: 2_000 });
  return made;
}

function outOf(made: Lab): number {
  return [...made.simulation.fleet.values()].filter((sim) => isOut(sim, made.behaviours)).length;
}

const again = fc.array(fc.constantFrom("rollback", "ship", "killed"), { maxLength: 4 });

test("what the hosts go back to is no better: never more are taken out than may be, however often it is asked for (cell 77)", async () => {
  const setting = fc.record({ hosts: fc.integer({ min: 2, max: 7 }), width: fc.integer({ min: 1, max: 3 }), again });
  await fc.assert(
    fc.asyncProperty(setting, async ({ hosts, width, again }) => {
      const made = open(hosts, width);
      let most = 0;
      const ask = async (what: () => Promise<Shipped>) => {
        const shipped = await what();
        most = Math.max(most, outOf(made));
        return shipped;
      };
      made.clock.later(4_000, () => made.behaviours.set("v407", { healthy: false }));
      const first = await ask(() => ship(made, { version: "v409" }));
      expect(first.ended?.exit).toBe(4);
      made.simulation.watch = () => {
        most = Math.max(most, outOf(made));
      };
      for (const command of again) {
        const version = { version: "v409" };
        if (command === "killed") await ask(() => rollBack(made, { killAt: 5_000 }));
        else await ask(() => (command === "ship" ? ship(made, version) : rollBack(made)));
      }
      expect(most).toBe(Math.min(width, hosts));
      expect(made.simulation.orders.filter((line) => line.endsWith(" switch")).length).toBe(hosts);
      made.simulation.watch = () => undefined;
      made.behaviours.delete("v407");
      const back = await rollBack(made);
      expect(back.ended?.exit ?? 0).toBe(0);
      for (const [, { state }] of made.simulation.fleet) expect(state.link).toBe(releaseOf("v407").name);
    }),
    runs,
  );
});
