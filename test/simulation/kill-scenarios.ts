import { exits } from "../../src/core/error.ts";
import { isProven } from "../../src/core/proven.ts";
import type { Scenario } from "./enumerate.ts";
import { releaseOf } from "./lab.ts";
import type { Bad } from "./machine.ts";
import type { Rig, Scene } from "./rig.ts";

const target = releaseOf("v408").name;

const well: Scene = { maxFailed: 0, fault: () => undefined, ages: false, target };

function bad(what: Bad): Scene {
  return { ...well, fault: (version) => (version === "v408" ? what : undefined) };
}

const plain = { before: [], version: "v408", exit: exits.done, marked: false, failsAlone: false } as const;
const failing = { ...plain, exit: exits["rolled-back"], marked: true } as const;

/** Bad on all but the internal host, after two seconds. */
const late: Scene = {
  ...well,
  ages: true,
  fault: (version, host, uptime) => (version === "v408" && host > 0 && uptime > 2_000 ? "bad-metric" : undefined),
};

/** Its first readings are bad, and come before the end of the warm-up. */
const slowAtFirst: Scene = {
  ...well,
  ages: true,
  warmup: 3_000,
  bake: 7_000,
  fault: (version, _, uptime) => (version === "v408" && uptime < 2_600 ? "bad-metric" : undefined),
};

/** Every kind of end that a rollout has, on a fleet of three. */
export const scenarios: readonly Scenario[] = [
  { ...plain, name: "a good version", scene: well },
  { ...plain, name: "a good version with drains", scene: { ...well, drains: true } },
  { ...plain, name: "a good version that is slow at first", scene: slowAtFirst },
  { ...failing, name: "a bad version", scene: bad("bad-metric") },
  { ...failing, name: "a version that fails late", scene: late },
  {
    ...failing,
    name: "a version that does not start",
    scene: bad("does-not-start"),
    marked: false,
    failsAlone: true,
  },
  {
    ...plain,
    name: "one unhealthy host, which max_failed allows",
    scene: {
      ...well,
      maxFailed: 1,
      fault: (version, host) => (version === "v408" && host === 1 ? "unhealthy" : undefined),
    },
    failsAlone: true,
  },
  { ...plain, name: "a rollback that is asked for", scene: well, before: [{ version: "v408" }], version: "" },
  {
    ...failing,
    name: "a rollback that is continued (cell 78)",
    scene: late,
    before: [{ version: "v408", dies: isHalfBack }],
  },
];

/** One of its hosts is back. */
function isHalfBack({ machines }: Rig): boolean {
  return machines.some(({ state }) => state.record.phase === "reverted" && isProven(state.record));
}
