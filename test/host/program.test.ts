import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { token } from "../../src/core/host.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must, type Rig, stopTime, until } from "./rig.ts";

const { make, closeAll } = keepRigs();
const started: number[] = [];
afterEach(async () => {
  for (const pid of started.splice(0)) kill(pid);
  await closeAll();
});

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("a host whose deployer vanished puts itself back, and refuses a late confirm (cells 61, 64)", async () => {
    const here = make(shell);
    const first = here.release(
      "v1",
      {},
      { activate: "echo v1 >>$SHIP_PATH/trace", undrain: "echo in >>$SHIP_PATH/trace" },
    );
    await here.bring(first, "proven");
    const second = here.release("v2", {}, { activate: "echo v2 >>$SHIP_PATH/trace" });
    await must(here.order({ type: "place", ...second }));
    const order = { rollout: "r2", attempt: 2, target: second.release.name, from: first.release.name };
    const goOn = stopTime(here);
    await must(here.order({ type: "arm", ...order, lease: 1 }));
    await must(here.order({ type: "switch", attempt: 2 }));
    goOn();
    const { record } = await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect(record).toMatchObject({ current: first.release.name, good: first.release.name, direction: "forward" });
    expect(readlinkSync(join(here.path, "current"))).toBe(`releases/${first.release.name}`);
    await until(
      () => readFileSync(join(here.path, "trace"), "utf8"),
      (text) => text === "v1\nv1\nin\n",
    );
    const late = await here.order({ type: "confirm", rollout: "r2", attempt: 2 });
    expect(late).toMatchObject({ type: "refused", cause: "reverted" });
  });

  test("the host's program is written once, and anew where it is another", async () => {
    const here = make(shell);
    const program = join(here.path, ".ship/host.sh");
    await here.bring(here.release("v1", {}), "proven");
    const { ino } = statSync(program);
    await here.bring(here.release("v2", {}), "proven");
    expect(statSync(program).ino).toBe(ino);
    const text = readFileSync(program, "utf8");
    appendFileSync(program, "exit 1\n");
    await here.bring(here.release("v3", {}), "proven");
    expect(readFileSync(program, "utf8")).toBe(text);
  });

  test("a lease that runs out before the switch restarts nothing (cell 45)", async () => {
    const here = make(shell);
    const first = here.release("v1", {}, { activate: "echo v1 >>$SHIP_PATH/trace" });
    await here.bring(first, "proven");
    const name = first.release.name;
    await must(here.order({ type: "arm", rollout: "r2", attempt: 2, target: name, from: name, lease: 1 }));
    await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect(readFileSync(join(here.path, "trace"), "utf8")).toBe("v1\n");
  });

  test("an activation that hangs is ended with all that it started, by its limit or by the lease (cell 53)", async () => {
    const here = make(shell);
    const hangs = here.release("v1", {}, { activate: "sleep 300 & echo $! >$SHIP_PATH/pid; wait", activateWithin: 1 });
    await here.bring(hangs, "switched");
    const within = stopTime(here);
    const limited = here.order({ type: "activate", attempt: 1 });
    await until(
      () => existsSync(join(here.path, "pid")) && pidIn(here) > 0,
      (there) => there,
    );
    within();
    const answer = await limited;
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
    await must(here.order({ type: "revert", attempt: 1, to: "" }));
    await must(here.order({ type: "place", ...longer }));
    rmSync(join(here.path, "pid"));
    const goOn = stopTime(here);
    await must(here.order({ type: "arm", rollout: "r", attempt: 2, target: longer.release.name, from: "", lease: 2 }));
    await must(here.order({ type: "switch", attempt: 2 }));
    const waiting = here.order({ type: "activate", attempt: 2 });
    await until(
      () => existsSync(join(here.path, "pid")) && pidIn(here) > 0,
      (there) => there,
    );
    goOn();
    const { record, link } = await until(here.observe, (seen) => seen.record.phase === "reverted");
    expect({ link, current: record.current }).toEqual({ link: "", current: "" });
    expect(await waiting).not.toMatchObject({ type: "done" });
    await until(
      () => isAlive(pidIn(here)),
      (alive) => !alive,
    );
  });

  test("a host whose record was lost goes back to what ran on it when it was taken as it is", async () => {
    const here = make(shell);
    const first = here.release("v1", {});
    await here.bring(first, "proven");
    rmSync(join(here.path, ".ship/record"));
    const { record } = await here.bring(here.release("v2", {}), "switched").then(here.observe);
    expect(record).toMatchObject({ phase: "switched", good: first.release.name });
  });

  test("a new try ends what a vanished run left at work, so that it cannot come to an end after it", async () => {
    const here = make(shell);
    const hangs = here.release("v1", {}, { activate: "echo $$ >$SHIP_PATH/pid; sleep 303", activateWithin: 60 });
    await here.bring(hangs, "switched");
    const waiting = here.order({ type: "activate", attempt: 1 });
    await until(
      () => existsSync(join(here.path, "pid")) && pidIn(here) > 0,
      (there) => there,
    );
    const next = here.release("v2", {});
    await must(here.order({ type: "place", ...next }));
    const order = { rollout: "r2", attempt: 2, target: next.release.name, from: hangs.release.name } as const;
    await must(here.order({ type: "arm", ...order, lease: 60 }));
    expect(isAlive(pidIn(here))).toBe(false);
    expect(await waiting).not.toMatchObject({ type: "done" });
  });

  test("a started service lives on, holds neither the lock nor the channel, and is found (cells 13, 57)", async () => {
    const here = make(shell);
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

  test("a revert that fails ends revert-failed, and may be tried again (cell 65)", async () => {
    const here = make(shell);
    const first = here.release("v1", {}, { activate: '[ ! -e "$SHIP_PATH/broken" ] || { echo no way; exit 4; }' });
    await here.bring(first, "proven");
    await here.bring(here.release("v2", {}), "switched");
    writeFileSync(join(here.path, "broken"), "");
    const order = { type: "revert", attempt: 2, to: first.release.name } as const;
    expect(await here.order(order)).toMatchObject({ type: "failed", log: expect.stringContaining("no way") });
    expect((await here.observe()).record).toMatchObject({ phase: "revert-failed", current: first.release.name });
    rmSync(join(here.path, "broken"));
    expect(await must(here.order(order))).toMatchObject({ phase: "reverted" });
  });

  test("a host that had nothing goes back to nothing by the deactivation (cell 26)", async () => {
    const here = make(shell);
    await here.bring(here.release("v1", {}, { deactivate: "pwd >$SHIP_PATH/out" }), "switched");
    await must(here.order({ type: "revert", attempt: 1, to: "" }));
    expect(readFileSync(join(here.path, "out"), "utf8")).toContain("releases/v1-");
    expect(existsSync(join(here.path, "current"))).toBe(false);
  });

  test("a step runs once a release, and again only after it failed, for another run", async () => {
    const here = make(shell);
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

  test("a step that a vanished run left at work is waited for, and not run beside itself", async () => {
    const here = make(shell);
    const packed = here.release("v1", {});
    await here.bring(packed, "proven");
    const step = { type: "once", release: packed.release.name, within: 60_000 } as const;
    const run = "echo ran >>$SHIP_PATH/ran; until [ -e $SHIP_PATH/go ]; do sleep 0.1; done";
    const first = here.order({ ...step, index: 0, run });
    const ran = () => (existsSync(join(here.path, "ran")) ? readFileSync(join(here.path, "ran"), "utf8") : "");
    await until(ran, (text) => text !== "");
    const claim = { generation: 2, run: "run2", sequence: 1 };
    const expected = token((await here.observe()).record);
    await must(here.ask({ type: "fence", rollout: "r2", expect: expected, holder: "me", claim }));
    const second = here.ask({ ...step, index: 0, run, claim: { ...claim, sequence: 2 } });
    await until(here.observe, (seen) => seen.record.generation === 2 && seen.record.sequence === 2);
    writeFileSync(join(here.path, "go"), "");
    expect(await second).toEqual({ type: "running" });
    await must(here.ask({ ...step, index: 0, run, claim: { ...claim, sequence: 3 } }));
    expect(ran()).toBe("ran\n");
    await first;
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
