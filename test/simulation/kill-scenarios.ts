import { isProven } from "../../src/core/host.ts";
import type { Scenario } from "./enumerate.ts";
import { releaseOf } from "./lab.ts";
import type { Bad } from "./machine.ts";
import type { Rig, Scene } from "./rig.ts";

const target = releaseOf("v408").name;

const well: Scene = { maxFailed: 0, fault: () => undefined, ages: false, target };

function bad(what: Bad): Scene {
  return { ...well, fault: (version) => (version === "v408" ? what : undefined) };
}

/** Every kind of end that a rollout has, on a fleet of three. */
export const scenarios: readonly Scenario[] = [
  { name: "a good version", scene: well, before: [], version: "v408" },
  { name: "a good version with drains", scene: { ...well, drains: true }, before: [], version: "v408" },
  { name: "a bad version", scene: bad("bad-metric"), before: [], version: "v408" },
  {
    name: "a version that fails late",
    scene: {
      ...well,
      ages: true,
      fault: (version, host, uptime) => (version === "v408" && host > 0 && uptime > 2_000 ? "bad-metric" : undefined),
    },
    before: [],
    version: "v408",
  },
  { name: "a version that does not start", scene: bad("does-not-start"), before: [], version: "v408" },
  {
    name: "one unhealthy host, which max_failed allows",
    scene: {
      ...well,
      maxFailed: 1,
      fault: (version, host) => (version === "v408" && host === 1 ? "unhealthy" : undefined),
    },
    before: [],
    version: "v408",
  },
  { name: "a rollback that is asked for", scene: well, before: [{ version: "v408" }], version: "" },
  {
    name: "a rollback that is continued (cell 78)",
    scene: {
      ...well,
      ages: true,
      fault: (version, host, uptime) => (version === "v408" && host > 0 && uptime > 2_000 ? "bad-metric" : undefined),
    },
    before: [{ version: "v408", dies: isHalfBack }],
    version: "v408",
  },
];

/** One of its hosts is back. */
function isHalfBack({ machines }: Rig): boolean {
  return machines.some(({ state }) => state.record.phase === "reverted" && isProven(state.record));
}
