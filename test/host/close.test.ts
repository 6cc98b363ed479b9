import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { token } from "../../src/core/host.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

const closing = { type: "close", rollout: "r", page: "{}", over: true } as const;

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("what is in use or good is never forgotten, however few are kept (cell 44)", async () => {
    const here = make(shell);
    const good = here.release("v1", { file: "1" });
    await here.bring(good, "proven");
    const spare = here.release("v2", { file: "2" });
    await must(here.order({ type: "place", ...spare }));
    const live = here.release("v3", { file: "3" });
    await here.bring(live, "switched");
    expect((await here.observe()).record).toMatchObject({ good: good.release.name, current: live.release.name });
    await must(here.order({ ...closing, keep: 0 }));
    expect((await here.observe()).releases).toEqual([good.release.name, live.release.name]);
    expect(readdirSync(join(here.path, "releases")).filter((name) => name.startsWith("v2"))).toEqual([]);
    await must(here.order({ type: "revert", attempt: 2, to: good.release.name }));
    expect((await here.observe()).link).toBe(good.release.name);
  });

  test("a run that was taken over forgets nothing, whatever the newer one brings meanwhile (cell 44)", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", { file: "1" }), "proven");
    const brought = here.release("v2", { file: "2" });
    const claim = { generation: 2, run: "run2", sequence: 1 };
    const { record } = await here.observe();
    await must(here.ask({ type: "fence", rollout: "r2", expect: token(record), holder: "other", claim }));
    const [placed, pruned] = await Promise.all([
      here.ask({ type: "place", ...brought, claim: { ...claim, sequence: 2 } }),
      here.order({ ...closing, keep: 0 }),
    ]);
    expect([placed, pruned]).toMatchObject([{ type: "done" }, { type: "refused", cause: "stale" }]);
    expect((await here.observe()).releases).toContain(brought.release.name);
    expect(existsSync(join(here.path, "releases", brought.release.name, "file"))).toBe(true);
  });

  test("two components on one host keep records of their own, at the same time (cell 16)", async () => {
    const here = make(shell);
    const api = here.release("v1", { file: "api" });
    const place = { component: "web", path: "srv/web" };
    const claim = (sequence: number) => ({ generation: 7, run: "other", sequence });
    const web = async () => {
      const ask = (operation: Parameters<typeof here.hosts.perform>[2]) =>
        here.hosts.perform(here.host, place, operation);
      const seen = await ask({ type: "observe" });
      if (seen.type !== "observed") throw new Error(JSON.stringify(seen));
      const fence = { type: "fence", rollout: "w", expect: token(seen.observation.record), holder: "them" } as const;
      await must(ask({ ...fence, claim: claim(1) }));
      await must(ask({ type: "place", ...api, claim: claim(2) }));
      return ask({ type: "observe" });
    };
    const [seen, record] = await Promise.all([web(), here.bring(api, "proven")]);
    expect(seen).toMatchObject({ observation: { record: { run: "other", open: "w" }, link: "" } });
    expect(record).toMatchObject({ run: "run1", phase: "proven" });
    expect((await here.observe()).link).toBe(api.release.name);
  });
});
