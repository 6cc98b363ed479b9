import { describe, expect, test } from "vitest";
import { enumerate } from "./enumerate.ts";
import { scenarios } from "./kill-scenarios.ts";

/** One world in so many is tried here; `npm run kill-points` tries them all. */
const every = Number(process.env["SHIP_KILL_EVERY"] ?? 6);

describe("killed at any await and run again, at once or after the leases, a run ends as an undisturbed one", () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    "%s (cells 9, 45, 48, 75)",
    async (name, scenario) => {
      const offset = name.length % every;
      const found = await enumerate(scenario, { isTried: (index) => index % every === offset });
      expect(found.complaints).toEqual([]);
      expect(found.awaits).toBeGreaterThan(40);
      expect(found.tried).toBeGreaterThan(20);
    },
  );
});

test("points share a run only where it is the same: with a run for each, nothing else is found", async () => {
  const [scenario] = scenarios.filter(({ name }) => name === "a version that does not start");
  if (scenario === undefined) throw new Error("no such scenario");
  const found = await enumerate(scenario, { unshared: true });
  expect(found.complaints).toEqual([]);
  expect(found.tried).toBe(2 * found.awaits);
});
