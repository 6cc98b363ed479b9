import { expect, test } from "vitest";
import { type Judge, openJudge } from "./invariants.ts";
import type { Look } from "./look.ts";

/** The judge itself: each invariant has to be able to be broken. */
const hosts = ["h01", "h02", "h03"];
const old: Look = look("", "v1-aa", "proven");

function look(host: string, link: string | undefined, phase: string, more: Partial<Look> = {}): Look {
  const version = link?.split("-")[0];
  const record = {
    generation: "1",
    run: "a",
    sequence: "1",
    phase,
    current: link ?? "",
    target: "v2-bb",
    good: "v1-aa",
  };
  return { host, link, whole: link !== undefined, record, runs: version, answers: version, ...more };
}

function fleet(changed: readonly Look[] = []): readonly Look[] {
  return hosts.map((host) => changed.find((each) => each.host === host) ?? { ...old, host });
}

function judging(): Judge {
  const judge = openJudge({
    cohorts: [
      { name: "first", hosts: ["h01"], maxUnavailable: 1 },
      { name: "all", hosts, maxUnavailable: 1 },
    ],
  });
  judge.begin(fleet(), "v2", []);
  return judge;
}

function verdict(sweeps: readonly (readonly Look[])[]): readonly string[] {
  const judge = judging();
  for (const [index, sweep] of sweeps.entries()) judge.sweep(sweep, index);
  return judge.verdict(fleet(), []);
}

test("a rollout as it should be breaks nothing", () => {
  const first = look("h01", "v2-bb", "proven");
  const sweeps = [
    fleet(),
    fleet([look("h01", "v2-bb", "switched", { runs: undefined })]),
    fleet([first]),
    fleet([first, look("h02", "v2-bb", "switched", { runs: undefined })]),
  ];
  expect(verdict(sweeps)).toEqual([]);
});

test.each([
  ["I1", [look("h01", "v1-aa", "proven", { runs: undefined }), look("h02", "v1-aa", "proven", { runs: undefined })]],
  ["I2", [look("h02", "v2-bb", "switched")]],
  ["I5", [look("h01", "v3-cc", "switched")]],
  ["I5", [look("h01", "v2-bb", "switched", { whole: false })]],
  ["I5", [look("h01", undefined, "switched")]],
  ["I6", [look("h01", "v1-aa", "proven", { record: { ...old.record, generation: "0" } })]],
  ["I6", [look("h01", "v1-aa", "proven", { record: { ...old.record, run: "b" } })]],
  ["I6", [look("h01", "v1-aa", "proven", { record: { ...old.record, sequence: "0" } })]],
  ["I9", [look("h01", "v1-aa", "armed", { record: { ...old.record, phase: "armed", good: "v2-bb" } })]],
] as const)("%s is seen to be broken", (name, changed) => {
  const broken = verdict([fleet(), fleet(changed)]).map((line) => line.slice(0, 2));
  expect([...new Set(broken)]).toEqual([name]);
});

test.each([
  ["a host that is late", look("h01", "v2-bb", "switched"), look("h01", "v2-bb", "switched")],
  ["a confirmed host that moves", look("h01", "v2-bb", "confirmed"), look("h01", "v1-aa", "reverted")],
  [
    "an unconfirmed host that is confirmed by nobody",
    look("h01", "v2-bb", "switched"),
    look("h01", "v2-bb", "confirmed"),
  ],
  [
    "a host on which nothing runs",
    look("h01", "v2-bb", "switched"),
    look("h01", "v1-aa", "reverted", { runs: undefined }),
  ],
] as const)("I8 is seen to be broken by %s", (_, atFirst, later) => {
  const judge = judging();
  judge.gone(fleet([atFirst]), 100);
  judge.sweep(fleet([atFirst]), 50);
  expect(judge.verdict(fleet(), [])).toEqual([]);
  judge.sweep(fleet([later]), 101);
  expect(judge.verdict(fleet(), []).every((line) => line.startsWith("I8"))).toBe(true);
  expect(judge.verdict(fleet(), [])).not.toEqual([]);
});

test("I8 is seen to be broken when the deployer is back before the host is", () => {
  const judge = judging();
  judge.gone(fleet([look("h01", "v2-bb", "switched")]), 100);
  judge.returned(fleet([look("h01", "v2-bb", "switched")]));
  expect(judge.verdict(fleet(), []).some((line) => line.startsWith("I8"))).toBe(true);
});

test.each([
  ["I3", look("h01", "v1-aa", "armed")],
  ["I4", look("h01", "v1-aa", "proven", { runs: "v2" })],
  ["I4", look("h01", "v1-aa", "proven", { answers: undefined })],
] as const)("%s is seen to be broken at the end", (name, at) => {
  expect(judging().verdict(fleet([at]), [])).toEqual([expect.stringMatching(`^${name}`)]);
});

test("I4: a report that is not so is seen, and one without a reason", () => {
  const said = (state: string, release: string, detail?: string) => [{ host: "h01", state, release, detail }];
  expect(judging().verdict(fleet(), said("proven", "v1-aa"))).toEqual([]);
  expect(judging().verdict(fleet(), said("unknown", "", "silent"))).toEqual([]);
  expect(judging().verdict(fleet(), said("proven", "v2-bb"))).toHaveLength(1);
  expect(judging().verdict(fleet(), said("unknown", ""))).toHaveLength(1);
});
