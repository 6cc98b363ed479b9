import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { noSigns, type Sign, type Signs } from "../../src/core/host.ts";
import { beatText, closureText, readBeat, sign } from "../../src/core/sign.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, type Rig } from "./rig.ts";

const kept = keepRigs();
afterEach(() => kept.closeAll());

const texts = fc.constantFrom("", "plain", 'it\'s "quoted" $(id) `id` \\', "a\tb\tc", "  leading", "ünï", "-n", "%s");

describe.each(shells.filter(hasShell))("%s", (shell) => {
  const rigs = keepRigs();
  afterEach(() => rigs.closeAll());

  test("does to signs what `sign` says, on any sequence of them, and leaves nothing else behind", {
    timeout: 120_000,
  }, async () => {
    const rig = rigs.make(shell);
    await rig.order({ type: "fence", rollout: "r1", expect: "0..0.0.idle", holder: "me" });
    const { record } = await rig.observe();
    const asked: fc.Arbitrary<Sign> = fc.oneof(
      fc.record({ type: fc.constant("steer" as const), text: texts }),
      fc.record({ type: fc.constant("lock" as const), text: texts }),
      fc.record({
        type: fc.constant("beat" as const),
        generation: fc.constantFrom(0, 1, 1, 1, 2),
        run: fc.constantFrom("run1", "run1", "other"),
        text: texts,
      }),
    );
    let known: Signs = noSigns;
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 3, maxLength: 6 }), async (signs) => {
        for (const one of signs) {
          const said = sign(known, record, one, 0);
          const answer = await rig.ask(one);
          if (said.answer === "heard") expect(answer).toEqual({ type: "heard", word: known.word });
          else if (said.answer === "done") expect(answer).toEqual({ type: "done", record });
          else expect(answer).toMatchObject({ type: "refused", cause: "stale", record });
          known = said.signs;
        }
        const seen = await rig.observe();
        expect({ ...seen.signs, beat: timeless(seen.signs.beat) }).toEqual({ ...known, beat: timeless(known.beat) });
        expect(seen.record).toEqual(record);
      }),
      { numRuns: 3 },
    );
    expect(readdirSync(join(rig.path, ".ship")).filter((name) => /\.\d+$/.test(name))).toEqual([]);
  });

  test("a beat says when it was by the host's clock, and one without a tree changes nothing there", async () => {
    const rig = rigs.make(shell);
    const beat = {
      generation: 1,
      run: "run1",
      count: 1,
      rollout: "r1",
      taken: 0,
      stage: "all",
      doing: "it",
      typed: "",
      vain: false,
    };
    const asked = { type: "beat", generation: 1, run: "run1", text: beatText(beat) } as const;
    expect(await rig.ask(asked)).toMatchObject({ type: "refused", cause: "stale" });
    await rig.order({ type: "fence", rollout: "r1", expect: "0..0.0.idle", holder: "me" });
    expect(await rig.ask(asked)).toEqual({ type: "heard", word: "" });
    const seen = await rig.observe();
    const read = readBeat(seen.signs.beat);
    expect(read).toMatchObject(beat);
    expect(Math.abs(seen.now - (read?.at ?? 0))).toBeLessThan(60_000);
  });

  test("a lock is kept where no rollout has been, and a record that does not parse is touched by nobody", async () => {
    const rig = rigs.make(shell);
    expect(await rig.ask({ type: "lock", text: "audit" })).toMatchObject({ type: "done" });
    expect((await rig.observe()).signs.closed).toBe("audit");
    expect((await rig.observe()).foreign).toBeUndefined();
    expect(await fenced(rig)).toMatchObject({ type: "done" });
    writeFileSync(join(rig.path, ".ship/record"), "rubbish\n");
    expect(await rig.ask({ type: "steer", text: "x" })).toMatchObject({ type: "failed" });
  });
});

test.each(shells.filter(hasShell))(
  "%s: a lock that came after the look stops a run at its fence, and no recovery",
  async (shell) => {
    const rig = kept.make(shell);
    const text = closureText({ by: "ada@desk", at: "2026-11-21T22:30:00Z", why: "an audit" });
    await rig.ask({ type: "lock", text });
    const fence = { type: "fence", rollout: "r1", expect: "0..0.0.idle", holder: "me" } as const;
    expect(await rig.order({ ...fence, heeds: "lock" })).toMatchObject({
      type: "refused",
      cause: "locked",
      detail: text,
      record: { generation: 0, run: "", open: "" },
    });
    expect(await rig.order(fence)).toMatchObject({ type: "done" });
    expect(await rig.order({ ...fence, heeds: "lock" }), "it has the host already").toMatchObject({ type: "done" });
  },
);

function fenced(rig: Rig) {
  return rig.order({ type: "fence", rollout: "r1", expect: "0..0.0.idle", holder: "me" });
}

function timeless(beat: string): string {
  return beat.replace(/^\d+/, "");
}
