import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hasShell, type Shell, shells } from "./local-transport.ts";
import { installProgram, keepRigs, must, type Rig, until } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

/** A clock that can be set, in seconds against the right time; how often it was read, and how often somebody slept, are told. */
function clock(here: Rig) {
  const home = here.transport.home(here.host);
  const offset = join(home, "offset");
  const slept = join(home, "slept");
  writeFileSync(offset, "0");
  installProgram(here, "date", `exec /bin/date -d "@$(($(/bin/date +%s) + $(cat ${offset})))" "$@"`);
  installProgram(here, "sleep", `echo >>${slept}\nexec /bin/sleep "$@"`);
  return {
    set: (seconds: number) => writeFileSync(offset, String(seconds)),
    slept: () => (existsSync(slept) ? readFileSync(slept, "utf8").length : 0),
  };
}

describe.each(shells.filter(hasShell))("on %s", (shell: Shell) => {
  test("a clock that is set an hour ahead while a lease runs ends none (cell 29)", async () => {
    const here = make(shell);
    const host = clock(here);
    await here.bring(here.release("v1", {}), "switched");
    const before = (await here.observe()).now;
    host.set(3_600);
    expect((await here.observe()).now - before).toBeGreaterThan(3_500_000);
    const slept = host.slept();
    await until(host.slept, (times) => times >= slept + 6);
    expect((await here.observe()).record.phase).toBe("switched");
  });

  test("a clock that is set an hour back while a lease runs keeps none from ending (cell 29)", async () => {
    const here = make(shell);
    const host = clock(here);
    const first = here.release("v1", {});
    await here.bring(first, "proven");
    const order = { rollout: "r2", attempt: 2, target: first.release.name, from: first.release.name };
    await must(here.order({ type: "arm", ...order, lease: 2 }));
    const before = (await here.observe()).now;
    host.set(-3_600);
    const { now } = await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect(before - now).toBeGreaterThan(3_500_000);
  });
});
