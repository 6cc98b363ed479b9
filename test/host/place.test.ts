import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { blank, token } from "../../src/core/host.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must, pack } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("an archive that was cut off leaves nothing (cells 32, 33)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(3000), other: "y" });
    for (const cutArchive of [0.5, 1, 100, packed.size - 1]) {
      here.transport.faults = { cutArchive: Math.floor(cutArchive) };
      expect(await here.order({ type: "place", ...packed })).toMatchObject({ type: "refused", cause: "bytes" });
      expect(readdirSync(join(here.path, "releases"))).toEqual([]);
      expect(readdirSync(join(here.path, ".ship/incoming"))).toEqual([]);
    }
  });

  test("changed bytes are refused (cell 34)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    const bytes = readFileSync(packed.archive);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(packed.archive, bytes);
    expect(await here.order({ type: "place", ...packed })).toMatchObject({ type: "refused", cause: "bytes" });
    expect((await here.observe()).releases).toEqual([]);
  });

  test("shared paths are linked, made where they are folders, and put in the place of what the release had", async () => {
    const here = make(shell);
    const packed = here.release("v1", { "config/local.yaml": "mine" }, { shared: ["config/local.yaml", "log/"] });
    await here.bring(packed, "proven");
    const folder = join(here.path, "releases", packed.release.name);
    expect(readlinkSync(join(folder, "config/local.yaml"))).toBe(join(here.path, "shared/config/local.yaml"));
    expect(readlinkSync(join(folder, "log"))).toBe(join(here.path, "shared/log"));
    expect(statSync(join(here.path, "shared/log")).isDirectory()).toBe(true);
    expect(existsSync(join(here.path, "shared/config/local.yaml"))).toBe(false);
  });

  test("what is not ship's own is named, and a damaged release is placed anew (cells 42, 52)", async () => {
    const here = make(shell);
    const packed = here.release("v1", { file: "whole" });
    await here.bring(packed, "proven");
    const folder = join(here.path, "releases", packed.release.name);
    rmSync(`${folder}.json`);
    writeFileSync(join(folder, "file"), "damaged");
    expect(await here.observe()).toMatchObject({ releases: [], foreign: expect.stringContaining("no manifest") });
    await must(here.order({ type: "place", ...packed }));
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("whole");
    expect(await here.observe()).toMatchObject({ foreign: undefined });
    rmSync(join(here.path, "current"));
    mkdirSync(join(here.path, "current"));
    expect(await here.observe()).toMatchObject({ link: "", foreign: "current is not a link" });
    rmSync(join(here.path, "current"), { recursive: true });
    symlinkSync("/etc", join(here.path, "current"));
    expect(await here.observe()).toMatchObject({ link: "", foreign: "current points at /etc" });
    const record = join(here.path, ".ship/record");
    writeFileSync(record, readFileSync(record, "utf8").replace(/phase='\w+'/, "phase='x y'"));
    appendFileSync(record, "$(touch pwned)\n");
    rmSync(join(here.path, "current"));
    expect(await here.observe()).toMatchObject({ foreign: "the record does not parse", record: blank });
  });

  test.skipIf(!canMount())("a full disk fails the place and leaves nothing behind (cells 25, 35)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ship-disk-"));
    const mount = join(folder, "mount");
    mkdirSync(mount);
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "none", mount]);
    try {
      const here = make(shell, mount);
      await must(here.order(fence));
      const bomb = pack(join(folder, "v1"), "v1", { big: "0".repeat(5_000_000) }, {});
      expect(await here.order({ type: "place", ...bomb })).toMatchObject({ type: "failed" });
      expect(readdirSync(join(here.path, ".ship/incoming"))).toEqual([]);
      expect(readdirSync(join(here.path, "releases"))).toEqual([]);
      writeFileSync(join(mount, "ballast"), "0".repeat(3_500_000));
      const small = pack(join(folder, "v2"), "v2", { small: "" }, {});
      expect(await here.order({ type: "place", ...small })).toMatchObject({ type: "refused", cause: "disk" });
    } finally {
      await closeAll();
      spawnSync("umount", [mount]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Needs root; says so where it is left out. */
function canMount(): boolean {
  const root = process.getuid?.() === 0;
  if (!root) console.warn("left out: a full disk (needs root for a small tmpfs)");
  return root;
}
