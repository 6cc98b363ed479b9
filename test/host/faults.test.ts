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
import { createRig, must, pack, type Rig, until } from "./rig.ts";

const rigs: Rig[] = [];
const started: number[] = [];
afterEach(async () => {
  for (const pid of started.splice(0)) kill(pid);
  for (const rig of rigs.splice(0)) await rig.close();
});

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  const make = (base?: string): Rig => {
    const made = createRig(shell, base);
    rigs.push(made);
    return made;
  };

  test("a program that was cut off does nothing", async () => {
    const here = make();
    for (const cut of [0, 1, 3, 5, 100, 2000, 5000]) {
      here.transport.faults = { cut };
      expect(await here.order(fence)).toMatchObject({ type: "lost" });
    }
    expect(existsSync(here.path)).toBe(false);
    here.transport.faults = {};
    await must(here.order(fence));
    expect(existsSync(here.path)).toBe(true);
  });

  test("an archive that was cut off leaves nothing", async () => {
    const here = make();
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(3000), other: "y" });
    for (const cutArchive of [0.5, 1, 100, packed.size - 1]) {
      here.transport.faults = { cutArchive: Math.floor(cutArchive) };
      expect(await here.order({ type: "place", ...packed })).toMatchObject({ type: "refused", cause: "bytes" });
      expect(readdirSync(join(here.path, "releases"))).toEqual([]);
      expect(readdirSync(join(here.path, ".ship/incoming"))).toEqual([]);
    }
  });

  test("changed bytes are refused", async () => {
    const here = make();
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    const bytes = readFileSync(packed.archive);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(packed.archive, bytes);
    expect(await here.order({ type: "place", ...packed })).toMatchObject({ type: "refused", cause: "bytes" });
    expect((await here.observe()).releases).toEqual([]);
  });

  test("a host whose deployer vanished puts itself back, and refuses a late confirm", async () => {
    const here = make();
    const first = here.release(
      "v1",
      {},
      { activate: "echo v1 >>$SHIP_PATH/trace", undrain: "echo in >>$SHIP_PATH/trace" },
    );
    await here.bring(first, "proven");
    const second = here.release("v2", {}, { activate: "echo v2 >>$SHIP_PATH/trace" });
    await must(here.order({ type: "place", ...second }));
    const order = { rollout: "r2", attempt: 2, target: second.release.name, from: first.release.name };
    await must(here.order({ type: "arm", ...order, lease: 1 }));
    await must(here.order({ type: "switch", attempt: 2 }));
    const { record } = await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect(record).toMatchObject({ current: first.release.name, good: first.release.name, direction: "rollback" });
    expect(readlinkSync(join(here.path, "current"))).toBe(`releases/${first.release.name}`);
    await until(
      () => readFileSync(join(here.path, "trace"), "utf8"),
      (text) => text === "v1\nv1\nin\n",
    );
    const late = await here.order({ type: "confirm", rollout: "r2", attempt: 2 });
    expect(late).toMatchObject({ type: "refused", cause: "reverted" });
  });

  test("a lease that runs out before the switch restarts nothing", async () => {
    const here = make();
    const first = here.release("v1", {}, { activate: "echo v1 >>$SHIP_PATH/trace" });
    await here.bring(first, "proven");
    const name = first.release.name;
    await must(here.order({ type: "arm", rollout: "r2", attempt: 2, target: name, from: name, lease: 1 }));
    await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect(readFileSync(join(here.path, "trace"), "utf8")).toBe("v1\n");
  });

  test("an activation that hangs is ended with all that it started, by its limit or by the lease", async () => {
    const here = make();
    const hangs = here.release("v1", {}, { activate: "sleep 300 & echo $! >$SHIP_PATH/pid; wait", activateWithin: 1 });
    await here.bring(hangs, "switched");
    const answer = await here.order({ type: "activate", attempt: 1 });
    expect(answer).toMatchObject({ type: "failed", log: expect.stringContaining("stopped after 1 s") });
    await until(
      () => isAlive(pidIn(here)),
      (alive) => !alive,
    );
    const longer = here.release(
      "v2",
      {},
      { activate: "sleep 301 & echo $! >$SHIP_PATH/pid; wait", activateWithin: 60 },
    );
    await must(here.order({ type: "revert", attempt: 1, to: "", bad: false }));
    await must(here.order({ type: "place", ...longer }));
    await must(here.order({ type: "arm", rollout: "r", attempt: 2, target: longer.release.name, from: "", lease: 2 }));
    await must(here.order({ type: "switch", attempt: 2 }));
    const waiting = here.order({ type: "activate", attempt: 2 });
    const { record, link } = await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect({ link, current: record.current }).toEqual({ link: "", current: "" });
    expect(await waiting).not.toMatchObject({ type: "done" });
    expect(isAlive(pidIn(here))).toBe(false);
  });

  test("a started service lives on, holds neither the lock nor the channel, and is found", async () => {
    const here = make();
    const serves = here.release("v1", {}, { activate: "sleep 302 & echo $! >$SHIP_PATH/pid" });
    await here.bring(serves, "proven");
    const pid = pidIn(here);
    started.push(pid);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)] as const);
    expect(open.filter(([, file]) => file.endsWith("/lock"))).toEqual([]);
    expect(open.filter(([fd, file]) => Number(fd) < 3 && file.startsWith("pipe:"))).toEqual([]);
    for (const process of [{ type: "folder" }, { type: "pidfile", path: "pid" }] as const) {
      const answer = await here.ask({ type: "processes", process });
      if (answer.type !== "processes" || answer.process === undefined) throw new Error(JSON.stringify(answer));
      expect(answer.process).toMatchObject({ release: serves.release.name, restarts: undefined });
      expect(answer.process.identity.split(".")[0]).toBe(String(pid));
      expect(Math.abs(answer.process.startedAt - Date.now())).toBeLessThan(60_000);
      expect(answer.process.rss).toBeGreaterThan(0);
    }
  });

  test("what a login shell prints does no harm, nor do hostile texts", async () => {
    const here = make();
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

  test("a revert that fails ends revert-failed, and may be tried again", async () => {
    const here = make();
    const first = here.release("v1", {}, { activate: '[ ! -e "$SHIP_PATH/broken" ] || { echo no way; exit 4; }' });
    await here.bring(first, "proven");
    await here.bring(here.release("v2", {}), "switched");
    writeFileSync(join(here.path, "broken"), "");
    const order = { type: "revert", attempt: 2, to: first.release.name, bad: true } as const;
    expect(await here.order(order)).toMatchObject({ type: "failed", log: expect.stringContaining("no way") });
    expect((await here.observe()).record).toMatchObject({ phase: "revert-failed", current: first.release.name });
    rmSync(join(here.path, "broken"));
    expect(await must(here.order(order))).toMatchObject({ phase: "reverted" });
  });

  test("a host that had nothing goes back to nothing by the deactivation", async () => {
    const here = make();
    await here.bring(here.release("v1", {}, { deactivate: "pwd >$SHIP_PATH/out" }), "switched");
    await must(here.order({ type: "revert", attempt: 1, to: "", bad: true }));
    expect(readFileSync(join(here.path, "out"), "utf8")).toContain("releases/v1-");
    expect(existsSync(join(here.path, "current"))).toBe(false);
  });

  test("a step runs once a release, and again only after it failed, for another run", async () => {
    const here = make();
    const packed = here.release("v1", {});
    await here.bring(packed, "proven");
    const step = { type: "once", release: packed.release.name, within: 5000 } as const;
    const run = "echo ran >>$SHIP_PATH/ran";
    await must(here.order({ ...step, index: 0, run }));
    await must(here.order({ ...step, index: 0, run }));
    expect(readFileSync(join(here.path, "ran"), "utf8")).toBe("ran\n");
    const failing = { ...step, index: 1, run: "echo tried >>$SHIP_PATH/tried; exit 1" } as const;
    expect(await here.order(failing)).toMatchObject({ type: "failed" });
    expect(await here.order(failing)).toMatchObject({ type: "failed" });
    expect(readFileSync(join(here.path, "tried"), "utf8")).toBe("tried\n");
  });

  test("shared paths are linked, made where they are folders, and put in the place of what the release had", async () => {
    const here = make();
    const packed = here.release("v1", { "config/local.yaml": "mine" }, { shared: ["config/local.yaml", "log/"] });
    await here.bring(packed, "proven");
    const folder = join(here.path, "releases", packed.release.name);
    expect(readlinkSync(join(folder, "config/local.yaml"))).toBe(join(here.path, "shared/config/local.yaml"));
    expect(readlinkSync(join(folder, "log"))).toBe(join(here.path, "shared/log"));
    expect(statSync(join(here.path, "shared/log")).isDirectory()).toBe(true);
    expect(existsSync(join(here.path, "shared/config/local.yaml"))).toBe(false);
  });

  test("what is not ship's own is named, and a damaged release is placed anew", async () => {
    const here = make();
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

  test.skipIf(!canMount())("a full disk fails the place and leaves nothing behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ship-disk-"));
    const mount = join(folder, "mount");
    mkdirSync(mount);
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "none", mount]);
    try {
      const here = make(mount);
      await must(here.order(fence));
      const bomb = pack(join(folder, "v1"), "v1", { big: "0".repeat(5_000_000) }, {});
      expect(await here.order({ type: "place", ...bomb })).toMatchObject({ type: "failed" });
      expect(readdirSync(join(here.path, ".ship/incoming"))).toEqual([]);
      expect(readdirSync(join(here.path, "releases"))).toEqual([]);
      writeFileSync(join(mount, "ballast"), "0".repeat(3_500_000));
      const small = pack(join(folder, "v2"), "v2", { small: "" }, {});
      expect(await here.order({ type: "place", ...small })).toMatchObject({ type: "refused", cause: "disk" });
    } finally {
      await rigs
        .pop()
        ?.close()
        .catch(() => {});
      spawnSync("umount", [mount]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function pidIn(here: Rig): number {
  return Number(readFileSync(join(here.path, "pid"), "utf8"));
}

function isAlive(pid: number): boolean {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : ") Z";
  return !stat.includes(") Z");
}

function kill(pid: number): void {
  if (isAlive(pid)) process.kill(pid);
}

/** Needs root; says so where it is left out. */
function canMount(): boolean {
  const root = process.getuid?.() === 0;
  if (!root) console.warn("left out: a full disk (needs root for a small tmpfs)");
  return root;
}
