import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must, until } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

const noisy = "yes 'one line of very many' | head -c 20000000; echo the last words; exit 3";

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("a job that prints without end keeps its beginning and its last words, and is not kept waiting (cell 56)", async () => {
    const here = make(shell);
    const loud = here.release("v1", {}, { activate: noisy });
    await here.bring(loud, "switched");
    const answer = await here.order({ type: "activate", attempt: 1 });
    expect(answer).toMatchObject({ type: "failed", log: expect.stringContaining("the last words") });
    const log = join(here.path, ".ship/jobs/1-activate.log");
    expect(statSync(log).size).toBeGreaterThan(10_000);
    expect(statSync(log).size).toBeLessThan(4_300_000);
  });

  test("what a job leaves running may go on printing, and keeps nobody waiting", async () => {
    const here = make(shell);
    const stays = "(while sleep 0.2; do echo still here; done) & echo $! >$SHIP_PATH/pid; echo started";
    const daemon = here.release("v1", {}, { activate: stays });
    await here.bring(daemon, "switched");
    await must(here.order({ type: "activate", attempt: 1 }));
    const pid = Number(readFileSync(join(here.path, "pid"), "utf8"));
    try {
      const log = join(here.path, ".ship/jobs/1-activate.log");
      await until(
        () => readFileSync(log, "utf8"),
        (text) => text.startsWith("started\n") && text.includes("still here\nstill here"),
      );
      expect(existsSync(`/proc/${pid}`)).toBe(true);
    } finally {
      process.kill(pid);
    }
  });

  test("a revert's output is capped like any other", async () => {
    const here = make(shell);
    const first = here.release("v1", {}, { activate: `[ -e $SHIP_PATH/quiet ] || { ${noisy}; }` });
    const loud = here.release("v2", {});
    await must(here.order({ type: "fence", rollout: "r", expect: "0..0.0.idle", holder: "me" }));
    for (const each of [first, loud]) await must(here.order({ type: "place", ...each }));
    const arming = { type: "arm", rollout: "r", attempt: 1, target: first.release.name, from: "", lease: 60 } as const;
    await must(here.order(arming));
    await must(here.order({ type: "switch", attempt: 1 }));
    const answer = await here.order({ type: "revert", attempt: 2, to: first.release.name });
    expect(answer).toMatchObject({ type: "failed", log: expect.stringContaining("the last words") });
    expect(statSync(join(here.path, ".ship/jobs/2-revert.log")).size).toBeLessThan(4_300_000);
  });
});
