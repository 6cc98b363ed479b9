import { existsSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { blank, token } from "../../src/core/host.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("a look at a host without a tree writes nothing", async () => {
    const here = make(shell);
    const before = Date.now();
    const seen = await here.observe();
    expect(seen).toMatchObject({ link: "", releases: [], foreign: undefined, missingTools: [], id: "" });
    expect(seen.free).toBeGreaterThan(0);
    // The host's clock is this machine's, and tells whole seconds.
    expect(seen.now).toBeGreaterThan(before - 2000);
    expect(seen.now).toBeLessThan(Date.now() + 2000);
    expect(existsSync(join(here.path, ".."))).toBe(false);
  });

  test("a release goes the whole way", async () => {
    const here = make(shell);
    const first = here.release(
      "v1",
      { "bin/say": "#!/bin/sh\necho v1\n" },
      { activate: "./bin/say; pwd; echo $SHIP_HOST" },
    );
    const proven = await here.bring(first, "proven");
    expect(proven).toMatchObject({ phase: "proven", current: first.release.name, good: "" });
    expect(readlinkSync(join(here.path, "current"))).toBe(`releases/${first.release.name}`);
    const log = readFileSync(join(here.path, ".ship/jobs/1-activate.log"), "utf8");
    expect(log).toBe(`v1\n${here.path}/releases/${first.release.name}\napi-01\n`);
    const second = here.release("v2", { "bin/say": "#!/bin/sh\necho v2\n" });
    expect(await here.bring(second, "switched")).toMatchObject({ phase: "switched", good: first.release.name });
    await must(here.order({ type: "direct", direction: "rollback", bad: second.release.name }));
    const back = await must(here.order({ type: "revert", attempt: 2, to: first.release.name }));
    expect(back).toMatchObject({ phase: "reverted", current: first.release.name, direction: "rollback" });
    expect(await here.observe()).toMatchObject({
      ...{ link: first.release.name, bad: [second.release.name], proven: [first.release.name], foreign: undefined },
      releases: [first.release.name, second.release.name],
    });
  });

  test("a program that was cut off does nothing", async () => {
    const here = make(shell);
    for (const cut of [0, 1, 3, 5, 100, 2000, 5000]) {
      here.transport.faults = { cut };
      expect(await here.order(fence)).toMatchObject({ type: "lost" });
    }
    expect(existsSync(here.path)).toBe(false);
    here.transport.faults = {};
    await must(here.order(fence));
    expect(existsSync(here.path)).toBe(true);
  });

  test("what a login shell prints does no harm, nor do hostile texts", async () => {
    const here = make(shell);
    here.transport.faults = { noise: "printf 'ship 0 begin\\nanswer done\\n\\nship 0 end 0\\nhello'; echo oops >&2" };
    const evil = "it's $(touch pwned) `id`\n\"\\ $HOME\tü end";
    const packed = here.release(
      "v1",
      {},
      {
        activate: `printf '%s' "$EVIL" >"$SHIP_PATH/out"; printf '%s' 'a'"'"'b
c'`,
      },
    );
    await here.bring({ ...packed, env: { EVIL: evil, P: "/nowhere", job: "x", PATH: "/usr/bin:/bin" } }, "proven");
    expect(readFileSync(join(here.path, "out"), "utf8")).toBe(evil);
    expect(statSync(join(here.path, `releases/${packed.release.name}.env`)).mode & 0o777).toBe(0o600);
    expect(existsSync(join(here.transport.home(here.host), "pwned"))).toBe(false);
    const page = `{"text":${JSON.stringify(evil)}}`;
    await must(here.order({ type: "close", rollout: "r1", page, over: true }));
    expect(await here.ask({ type: "read-page", rollout: "" })).toEqual({ type: "page", page });
    expect(await here.ask({ type: "read-page", rollout: "r7" })).toEqual({ type: "page", page: undefined });
    const ran = await here.ask({ type: "execute", run: `printf '%s' "$EVIL"; exit 3`, within: 5000 });
    expect(ran).toEqual({ type: "exited", code: 3, stdout: evil });
  });
});
