import { expect, test } from "vitest";
import { believedRecords } from "../../src/core/belief.ts";
import { bare, blank, type HostRecord, noSigns } from "../../src/core/host.ts";
import type { Seen } from "../../src/core/plan.ts";
import { beatText } from "../../src/core/sign.ts";

type Said = Partial<HostRecord> & { readonly beat?: readonly [generation: number, rollout: string] };

function host({ beat, ...change }: Said): Seen {
  const known = { run: "a", count: 1, taken: 0, stage: "", doing: "", typed: "", vain: false };
  const text = beat === undefined ? "" : `1\t${beatText({ ...known, generation: beat[0], rollout: beat[1] })}`;
  const record = { ...blank, generation: 5, rollout: "r5", ...change };
  const observation = { ...bare, record, signs: { ...noSigns, beat: text } };
  return { type: "observed", observation, healthy: undefined, hidden: false };
}

/** The rollouts that the believed hosts are of. */
function believed(...hosts: readonly Said[]): readonly string[] {
  const away: Seen = { type: "absent", cause: "lost", reason: "" };
  const fleet = new Map<string, Seen>([["away", away], ...hosts.map((one, at) => [`h${at}`, host(one)] as const)]);
  return believedRecords(fleet).map(({ rollout }) => rollout);
}

const witness: Said = { beat: [5, "r5"] };

test("S18: a host that claims a generation beyond belief, or one that nobody else knows, does not say what was last", () => {
  expect(believed({}, {}, { generation: 9_000_000, rollout: "r9" })).toEqual(["r5", "r5"]);
  expect(believed({}, {}, { generation: 6, rollout: "r9" })).toEqual(["r5", "r5"]);
  expect(believed({}, { generation: 6, rollout: "r9" }, { generation: 6, rollout: "r1" })).toEqual(["r5", "r9", "r1"]);
  expect(believed({}, { generation: 6, rollout: "r9" }), "of two, who would know").toEqual(["r5", "r9"]);
  expect(believed({ rollout: "r7" })).toEqual(["r7"]);
  expect(believed()).toEqual([]);
  const joined = { generation: 0, rollout: "" };
  expect(believed({ rollout: "r7" }, joined, joined), "hosts that joined since know of nothing").toEqual(["r7"]);
});

test("S18: nor one that claims a later rollout than the witnesses of its generation agree on", () => {
  expect(believed(witness, witness, { rollout: "r9" })).toEqual(["r5", "r5"]);
  expect(believed(witness, witness, { open: "r9", rollout: "r1" })).toEqual(["r5", "r5"]);
  expect(believed(witness, witness, { rollout: "r9", generation: 3 })).toEqual(["r5", "r5"]);
  expect(believed(witness, witness, { rollout: "r4", open: "r4" })).toEqual(["r5", "r5", "r4"]);
});

test("one witness alone, or witnesses of an older generation, contradict nobody", () => {
  const lying: Said = { rollout: "r5", beat: [5, "r1"] };
  expect(believed(witness, lying, { rollout: "r9" })).toEqual(["r5", "r5", "r9"]);
  expect(believed(witness, witness, lying)).toEqual(["r5", "r5", "r5"]);
  const [late, more] = [
    { generation: 6, rollout: "r9" },
    { generation: 6, rollout: "r5" },
  ];
  expect(believed(witness, witness, late, more)).toEqual(["r5", "r5", "r9", "r5"]);
});
