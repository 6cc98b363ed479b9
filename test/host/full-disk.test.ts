import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must, stopTime, until } from "./rig.ts";

const { make, closeAll } = keepRigs();
const folders: string[] = [];
afterEach(async () => {
  await closeAll();
  for (const folder of folders.splice(0)) {
    spawnSync("umount", ["-l", join(folder, "mount")]);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A small disk, and a folder beside it that is never full. */
function smallDisk(size = "size=3m") {
  const folder = mkdtempSync(join(tmpdir(), "ship-full-"));
  folders.push(folder);
  const mount = join(folder, "mount");
  mkdirSync(mount);
  spawnSync("mount", ["-t", "tmpfs", "-o", size, "none", mount]);
  const ballast = join(mount, "ballast");
  return {
    ...{ folder, mount },
    fill: () => spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4096"]),
    empty: () => rmSync(ballast),
  };
}

/** Needs root; says so where it is left out. */
function canMount(): boolean {
  const root = process.getuid?.() === 0;
  if (!root) console.warn("left out: a lease that ends on a full disk (needs root for a small tmpfs)");
  return root;
}

describe.each(shells.filter(hasShell))("on %s, a disk", (shell) => {
  test.skipIf(!canMount())("tells how many more bytes and files there is room for (cell 25)", async () => {
    const disk = smallDisk("size=3m,nr_inodes=2000");
    const here = make(shell, disk.mount);
    const before = await here.observe();
    expect(before.inodes).toBeGreaterThan(0);
    expect(before.inodes).toBeLessThan(2_000);
    expect(before.free).toBeLessThanOrEqual(3 * 1_048_576);
    expect(before.free).toBeGreaterThan(2 * 1_048_576);
    disk.fill();
    expect(await here.observe()).toMatchObject({ free: 0, inodes: (before.inodes ?? 0) - 1 });
  });
});

describe.each(shells.filter(hasShell))("on %s, a disk that is full when the lease is over", (shell) => {
  test.skipIf(!canMount())(
    "does not keep the host out: it is put back, once, and confirmed by nobody (cell 35)",
    async () => {
      const disk = smallDisk();
      const trace = join(disk.folder, "trace");
      const ran = () => (existsSync(trace) ? readFileSync(trace, "utf8").trim().split("\n") : []);
      const here = make(shell, disk.mount);
      const first = here.release("v1", {}, { activate: `echo v1 >>${trace}; sleep 3`, activateWithin: 20 });
      await here.bring(first, "proven");
      const second = here.release("v2", {}, { activate: `echo v2 >>${trace}`, activateWithin: 20 });
      await must(here.order({ type: "place", ...second }));
      const order = { rollout: "r2", attempt: 2, target: second.release.name, from: first.release.name };
      const goOn = stopTime(here);
      await must(here.order({ type: "arm", ...order, lease: 2 }));
      await must(here.order({ type: "switch", attempt: 2 }));
      await must(here.order({ type: "activate", attempt: 2 }));
      disk.fill();
      goOn();
      await until(ran, (lines) => lines.length === 3);
      expect(readlinkSync(join(here.path, "current"))).toBe(`releases/${first.release.name}`);
      disk.empty();
      for (const type of ["switch", "activate", "undrain"] as const)
        expect(await here.order({ type, attempt: 2 }), type).toMatchObject({ type: "refused", cause: "reverted" });
      const late = await here.order({ type: "confirm", rollout: "r2", attempt: 2 });
      expect(late).toMatchObject({ type: "refused", cause: "reverted" });
      const { record } = await until(here.observe, (seen) => seen.record.phase !== "switched");
      const after =
        record.phase === "reverting"
          ? await until(here.observe, (seen) => seen.record.phase === "reverted")
          : { record };
      expect(after.record).toMatchObject({ phase: "reverted", current: first.release.name, good: first.release.name });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(ran(), "one of the two watchdogs put it back").toEqual(["v1", "v2", "v1"]);
      expect(readlinkSync(join(here.path, "current"))).toBe(`releases/${first.release.name}`);
    },
  );
});

describe.each(shells.filter(hasShell))(
  "on %s, a disk that has no room for another file when the lease is over",
  (shell) => {
    test.skipIf(!canMount())("ends neither of the watchdogs: the host is put back once there is room", async () => {
      const disk = smallDisk("size=8m,nr_inodes=1200");
      const here = make(shell, disk.mount);
      const first = here.release("v1", {});
      await here.bring(first, "proven");
      const second = here.release("v2", {});
      await must(here.order({ type: "place", ...second }));
      const order = { rollout: "r2", attempt: 2, target: second.release.name, from: first.release.name };
      const goOn = stopTime(here);
      await must(here.order({ type: "arm", ...order, lease: 2 }));
      await must(here.order({ type: "switch", attempt: 2 }));
      goOn();
      const many = join(disk.mount, "many");
      spawnSync("sh", [
        "-c",
        'mkdir "$1" && cd "$1" && n=0; while (true >"$n") 2>/dev/null; do n=$((n + 1)); done',
        "sh",
        many,
      ]);
      expect((await here.observe()).inodes).toBe(0);
      // The lease is over meanwhile; when it is not yet, nothing is tried here, and nothing fails.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      rmSync(many, { recursive: true });
      const { link, record } = await until(here.observe, (seen) =>
        ["reverted", "revert-failed"].includes(seen.record.phase),
      );
      expect({ link, phase: record.phase }).toEqual({ link: first.release.name, phase: "reverted" });
    });
  },
);
