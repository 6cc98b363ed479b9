import { expect, test } from "vitest";
import type { EventOf } from "../../src/report/reporter.ts";
import { statusText } from "../../src/report/status.ts";
import { golden } from "./golden.ts";
import { observed } from "./story.ts";

type Observed = EventOf<"host.observed">;

const cohorts = ["internal", "beta", "all"];
const options = { color: false, cohorts };

function fleet(odd: Readonly<Record<string, Partial<Observed>>> = {}): readonly Observed[] {
  return Array.from({ length: 12 }, (_, i) => {
    const host = `api-${String(i + 1).padStart(2, "0")}`;
    const known = { ...observed(host, i === 0 ? "internal" : i < 4 ? "beta" : "all"), time: "", seq: i };
    return { ...known, ...odd[host] };
  });
}

test("a fleet at rest", async () => {
  await golden("status-rest", statusText(fleet(), options));
});

test("what wants attention comes first, then who is rolling what", async () => {
  const unknown = { version: null, release: null, phase: null, proven: false, healthy: null, good: null } as const;
  const open = { unfinished: "r-7f3a", holder: "ada@laptop pid 12 start 3 since 2026-11-21T22:30:00Z" };
  const odd: Readonly<Record<string, Partial<Observed>>> = {
    "api-01": { version: "v408", ...open },
    "api-02": { version: "v408", proven: false, phase: "confirmed", ...open },
    "api-03": { version: "v408", proven: false, phase: "switched", ...open },
    "api-05": { version: "v405" },
    "api-06": { ...unknown, cause: "connection refused \u001b[31m" },
    "api-07": { ...unknown, cause: "connection refused \u001b[31m" },
    "api-08": { healthy: false },
    "api-09": { cause: "current points elsewhere" },
    "api-10": { phase: "revert-failed", proven: false },
    "api-11": { ...unknown, phase: "idle" },
    "api-12": { version: "v408" },
  };
  await golden("status-odd", statusText(fleet(odd), options));
});

test("a stage that is a share of its cohort leaves nobody behind", () => {
  const ahead = { version: "v408" };
  const text = statusText(
    fleet({ "api-01": ahead, "api-02": ahead, "api-03": ahead, "api-04": ahead, "api-05": ahead }),
    options,
  );
  expect(text).not.toContain("behind");
  expect(text).toContain("all proven");
});

test("no hosts, and several components", () => {
  expect(statusText([], options)).toBe("No hosts.\n");
  const web = fleet().map((event) => ({ ...event, component: "web" }));
  expect(statusText([...fleet(), ...web], options).match(/^(api|web) {2}12 hosts/gm)).toEqual([
    "api  12 hosts",
    "web  12 hosts",
  ]);
});
