import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hasShell, shells } from "./local-transport.ts";
import { createRig, must, type Rig } from "./rig.ts";

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  const rig = (): Rig => {
    const made = createRig(shell);
    rigs.push(made);
    return made;
  };

  test("a look at a host without a tree writes nothing", async () => {
    const here = rig();
    const seen = await here.observe();
    expect(seen).toMatchObject({ link: "", releases: [], foreign: undefined, missingTools: [], id: "" });
    expect(seen.free).toBeGreaterThan(0);
    expect(Math.abs(seen.now - Date.now())).toBeLessThan(5000);
    expect(existsSync(join(here.path, ".."))).toBe(false);
  });

  test("a release goes the whole way", async () => {
    const here = rig();
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
    const back = await must(here.order({ type: "revert", attempt: 2, to: first.release.name, bad: true }));
    expect(back).toMatchObject({ phase: "reverted", current: first.release.name, direction: "forward" });
    expect(await here.observe()).toMatchObject({
      ...{ link: first.release.name, bad: [second.release.name], proven: [first.release.name], foreign: undefined },
      releases: [first.release.name, second.release.name],
    });
  });
});
