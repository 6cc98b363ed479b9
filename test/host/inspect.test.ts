import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Inspection } from "../../src/core/inspection.ts";
import { hasShell, type Shell, shells } from "./local-transport.ts";
import {
  below,
  endProcesses,
  endWatchdogs,
  installProgram,
  keepRigs,
  must,
  type Rig,
  until,
  watchdogOf,
} from "./rig.ts";

const { make, closeAll } = keepRigs();
const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await closeAll();
});

/** Where this machine's own systemd would take a unit, nothing may be installed. */
const usesUnits = existsSync("/run/systemd/system") && process.getuid?.() === 0;

async function inspect(here: Rig, commands: readonly string[] = []): Promise<Inspection> {
  const answer = await here.ask({ type: "inspect", commands, process: { type: "folder" } });
  if (answer.type !== "inspected") throw new Error(JSON.stringify(answer));
  return answer.inspection;
}

/** Every file under the host's home. */
function everything(here: Rig): readonly string[] {
  return readdirSync(join(here.path, "../.."), { recursive: true, encoding: "utf8" }).sort();
}

/** A crontab(1) that keeps its lines in the host's home, and a process that is called cron. */
function installCron(here: Rig): string {
  const home = here.transport.home(here.host);
  const file = join(home, "crontab");
  installProgram(
    here,
    "crontab",
    `case $1 in
  -l) [ -e "$HOME/crontab" ] || { echo "no crontab for me" >&2; exit 1; }; cat "$HOME/crontab" ;;
  -) cat >"$HOME/crontab" ;;
esac`,
  );
  const sleeper = join(home, "cron");
  copyFileSync("/bin/sleep", sleeper);
  started.push(spawn(sleeper, ["600"]));
  return file;
}

const outer = mkdtempSync(join(tmpdir(), "ship-odd-"));
const odd = join(outer, "ship it's 100% $HOME \\f");
mkdirSync(odd);
afterAll(() => rmSync(outer, { recursive: true }));

describe.each(shells.filter(hasShell))("on %s", (shell: Shell) => {
  test("inspect tries everything, finds nothing wrong on a good host, and leaves nothing behind", async () => {
    const here = make(shell);
    mkdirSync(here.path, { recursive: true });
    const before = everything(here);
    const found = await inspect(here);
    expect(found).toMatchObject({
      unwritable: [],
      noexec: false,
      unlocked: false,
      holdsLock: "",
      denied: [],
      watched: true,
    });
    expect(found.inodes).toBeGreaterThan(0);
    expect(found.tools[0]).toContain(shell);
    expect(everything(here)).toEqual(before);
  });

  test("inspect says which folder cannot be written, by a real write (cell 30)", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", {}), "proven");
    installProgram(
      here,
      "sync",
      `case $1 in *jobs*) echo "sync: error syncing '$1': Read-only file system" >&2; exit 1 ;; esac`,
    );
    const { unwritable } = await inspect(here);
    expect(unwritable).toEqual([`${here.path}/.ship/jobs: Read-only file system`]);
    expect(everything(here).filter((name) => name.includes("ship-dry"))).toEqual([]);
  });

  test("inspect names commands that sudo would not run, and asks about no others (cell 30)", async () => {
    const here = make(shell);
    installProgram(here, "sudo", `case "$*" in "-n -l systemctl restart api") exit 0 ;; *) exit 1 ;; esac`);
    const commands = ["sudo -n systemctl restart api", "sudo -n systemctl stop api && ./leave", "sudo -n $(rm)", "./x"];
    expect((await inspect(here, commands)).denied).toEqual(["systemctl stop api"]);
  });

  test("inspect names the process that holds the record's lock", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", {}), "proven");
    const holder = spawn("flock", [join(here.path, ".ship/lock"), "sleep", "60"]);
    started.push(holder);
    await until(
      () => spawnSync("flock", ["-n", join(here.path, ".ship/lock"), "true"]).status,
      (status) => status !== 0,
    );
    expect((await inspect(here)).holdsLock).toMatch(/^\d+ flock$/);
    spawnSync("pkill", ["-KILL", "-P", String(holder.pid)]);
  });

  test("a lease without a living watchdog is seen, and with one of its two is not (cell 66)", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", {}), "switched");
    expect((await inspect(here)).watched).toBe(true);
    const pids = ["watch-1", "watch-1.2"].flatMap((name) => watchdogOf(join(here.path, ".ship", name)) ?? []);
    expect(new Set(pids).size).toBe(2);
    for (const [at, pid] of pids.entries()) {
      endProcesses([pid]);
      expect((await inspect(here)).watched).toBe(at === 0);
    }
  });

  test.skipIf(usesUnits)("without cron the host says honestly that it does not survive a reboot", async () => {
    const here = make(shell);
    installProgram(here, "crontab", `echo "you (me) are not allowed to use this program" >&2; exit 1`);
    const { boot } = await inspect(here);
    expect(boot).toMatchObject({ installed: false, way: "none", text: "" });
    expect(boot.reason).toMatch(/no cron runs on it|its crontab cannot be read: you \(me\) are not allowed/);
    expect(await here.ask({ type: "rearm" })).toMatchObject({
      type: "failed",
      detail: `a reboot would not be survived: ${boot.reason}`,
    });
  });

  test.skipIf(usesUnits)("rearm adds its line to the crontab, once, and loses no other", async () => {
    const here = make(shell);
    const crontab = installCron(here);
    writeFileSync(crontab, "# mine\n5 * * * * date +\\%s '%'\n");
    const shown = (await inspect(here)).boot;
    expect(shown).toMatchObject({ installed: false, way: "crontab" });
    await must(here.ask({ type: "rearm" }));
    await must(here.ask({ type: "rearm" }));
    expect(readFileSync(crontab, "utf8")).toBe(`# mine\n5 * * * * date +\\%s '%'\n${shown.text}\n`);
    expect((await inspect(here)).boot).toEqual({ ...shown, installed: true });
  });

  test.skipIf(usesUnits)("a crontab that cannot be read is not written", async () => {
    const here = make(shell);
    const crontab = installCron(here);
    installProgram(
      here,
      "crontab",
      `case $1 in -l) echo "crontab: /var/spool: Input/output error" >&2; exit 1 ;; -) cat >"$HOME/crontab" ;; esac`,
    );
    expect(await here.ask({ type: "rearm" })).toMatchObject({ type: "failed" });
    expect(existsSync(crontab)).toBe(false);
  });

  test.skipIf(usesUnits)(
    "what the crontab's line runs puts back what a reboot cut off, whatever the path is called",
    async () => {
      const here = make(shell, odd);
      installCron(here);
      const first = here.release("v1", {}, { activate: "echo v1 >>$SHIP_PATH/trace" });
      await here.bring(first, "proven");
      await must(here.ask({ type: "rearm" }));
      await here.bring(here.release("v2", {}), "switched");
      endWatchdogs(here.path);
      const line = (await inspect(here)).boot.text;
      const command = line.replace("@reboot ", "").replaceAll("\\%", "%");
      const bin = join(here.transport.home(here.host), "../../bin");
      const ran = spawnSync(join(bin, "sh"), ["-c", command], { env: { PATH: `${bin}:/usr/bin:/bin` }, cwd: "/" });
      expect(ran.status).toBe(0);
      const { record, link } = await here.observe();
      expect({ link, phase: record.phase }).toEqual({ link: first.release.name, phase: "reverted" });
      expect(readFileSync(join(here.path, "trace"), "utf8")).toBe("v1\nv1\n");
    },
  );

  test("a boot also puts back what was out in a tree under the component's: a flag or a rate", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", {}), "proven");
    const flag = below(here, "flags/lxc");
    const off = flag.release("off", {});
    await flag.bring(off, "proven");
    await flag.bring(flag.release("on", {}), "switched");
    endWatchdogs(flag.path);
    const sh = join(here.transport.home(here.host), "../../bin/sh");
    spawnSync(sh, [join(here.path, ".ship/host.sh"), "boot"]);
    const { link } = await until(
      () => flag.observe(),
      ({ record }) => record.phase === "reverted",
    );
    expect(link).toBe(off.release.name);
    expect((await here.observe()).record.phase).toBe("proven");
  });

  test("a boot leaves a host alone whose watchdog lives: cron itself was restarted", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", {}), "switched");
    const sh = join(here.transport.home(here.host), "../../bin/sh");
    expect(spawnSync(sh, [join(here.path, ".ship/host.sh"), "boot"]).status).toBe(0);
    expect((await here.observe()).record.phase).toBe("switched");
  });

  test("a record of a newer ship, or a damaged one, is refused and left as it is; current stays (cell 31)", async () => {
    const here = make(shell);
    const first = here.release("v1", {});
    const proven = await here.bring(first, "proven");
    const file = join(here.path, ".ship/record");
    const whole = readFileSync(file, "utf8");
    const newer = "the record was written by a newer ship";
    const damaged = "the record does not parse";
    for (const [text, says] of [
      [`${whole}schema='2'\n`, newer],
      [`colour='red'\n${whole}`, newer],
      [`${whole}what is this\n`, damaged],
      [whole.slice(0, -3), damaged],
      [whole.slice(0, whole.length / 2), damaged],
      ["", damaged],
      [whole.replace("proven", "levitating"), damaged],
    ] as const) {
      writeFileSync(file, text);
      const seen = await here.observe();
      expect(seen).toMatchObject({ foreign: says, link: first.release.name });
      const claim = { generation: proven.generation + 1, run: "run2", sequence: 1 };
      const fence = { type: "fence", rollout: "r2", expect: "0..0.0.idle", holder: "me", claim } as const;
      expect(await here.ask(fence)).toMatchObject({ type: "failed", detail: says });
      const arm = {
        type: "arm",
        rollout: "r2",
        attempt: 2,
        target: first.release.name,
        from: first.release.name,
      } as const;
      expect(await here.order({ ...arm, lease: 60 })).toMatchObject({ type: "failed", detail: says });
      expect(readFileSync(file, "utf8")).toBe(text);
    }
  });
});
