import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { closeSandbox } from "../../src/sandbox/close.ts";
import { ended, type Identity, isAlive, signal, startOf } from "../../src/sandbox/process.ts";
import { readState } from "../../src/sandbox/state.ts";
import { breakSandbox, sandboxStatus } from "../../src/sandbox/status.ts";
import { get, put, rig, run, until } from "./rig.ts";

const { base, folder: newFolder, open } = rig();

describe("one sandbox a folder", () => {
  test("of several that open at once one starts it, and all see the same hosts", async () => {
    const folder = newFolder();
    const opened = await Promise.all([1, 2, 3, 4].map(() => open(folder, ["api-01", "api-02"])));
    const ports = opened.map((sandbox) => ["api-01", "api-02"].map((name) => sandbox.target({ name }).port));
    expect(new Set(ports.map(String)).size).toBe(1);
    expect(new Set(ports[0]).size).toBe(2);
  });

  test("outlives who opened it, and takes in hosts that are added", async () => {
    const folder = newFolder();
    const first = await open(folder, ["api-01"]);
    const pid = readState(join(folder, "state.json"))?.pid;
    const second = await open(folder, ["api-01", "api-02"]);
    expect(readState(join(folder, "state.json"))?.pid).toBe(pid);
    expect(second.target({ name: "api-01" })).toEqual(first.target({ name: "api-01" }));
    expect((await run(second.target({ name: "api-02" }), "basename $HOME")).out).toBe("api-02\n");
    expect(() => first.target({ name: "api-02" })).toThrow("The sandbox has no host api-02.");
  });

  test("refuses a host whose name leads elsewhere", async () => {
    await expect(open(newFolder(), ["../../etc"])).rejects.toThrow();
  });

  test("says why it did not start", async () => {
    const folder = join(newFolder(), "state.json", "..");
    mkdirSync(join(folder, "keys.json"), { recursive: true });
    await expect(open(folder, ["api-01"])).rejects.toThrow("The sandbox's background process ended at once (1).");
  });
});

describe("seeding", () => {
  test("happens once a host, before the opening resolves", async () => {
    const folder = newFolder();
    const seeded: string[][] = [];
    const seed = async (_sandbox: unknown, hosts: readonly string[]) => void seeded.push([...hosts]);
    await Promise.all([open(folder, ["api-01"], seed), open(folder, ["api-01"], seed)]);
    await open(folder, ["api-01", "api-02"], seed);
    await open(folder, ["api-02"], seed);
    expect(seeded).toEqual([["api-01"], ["api-02"]]);
  });

  test("that failed is tried again by the next opening", async () => {
    const folder = newFolder();
    await expect(open(folder, ["api-01"], () => Promise.reject(new Error("half-way")))).rejects.toThrow("half-way");
    const again: string[] = [];
    await open(folder, ["api-01"], async (_sandbox, hosts) => void again.push(...hosts));
    expect(again).toEqual(["api-01"]);
  });
});

describe("the end", () => {
  /** Starts what goes on in a session of its own, and tells its pid. */
  const detached =
    "setsid sh -c 'echo $$ >job; sleep 600' >/dev/null 2>&1 </dev/null & until [ -s job ]; do sleep 0.05; done; cat job";

  test("closing leaves no process and no folder, not even what went into a session of its own", async () => {
    const folder = newFolder();
    const target = (await open(folder, ["api-01"])).target({ name: "api-01" });
    await put(folder, target, "v407");
    const job = await run(target, detached);
    const processes = [await appOf(folder), identity(Number(job.out)), server(folder)];
    expect(processes.map(isAlive)).toEqual([true, true, true]);
    expect(await closeSandbox(folder)).toBe("closed");
    expect(processes.map(isAlive)).toEqual([false, false, false]);
    expect(await closeSandbox(folder)).toBe("absent");
  });

  test("closing ends also what a process left behind that does not end by itself", async () => {
    const folder = newFolder();
    const target = (await open(folder, ["api-01"])).target({ name: "api-01" });
    const job = identity(Number((await run(target, detached)).out));
    signal(server(folder), "SIGSTOP");
    expect(await closeSandbox(folder)).toBe("closed");
    expect(isAlive(job)).toBe(false);
  });

  test("closing a folder that never held a sandbox removes nothing", async () => {
    const folder = join(base, "mine");
    mkdirSync(folder);
    writeFileSync(join(folder, "letter"), "dear");
    expect(await closeSandbox(folder)).toBe("absent");
    rmSync(join(folder, "letter"));
  });

  test("a sandbox whose folder vanishes ends by itself, with its apps", async () => {
    const folder = newFolder();
    const target = (await open(folder, ["api-01"])).target({ name: "api-01" });
    await put(folder, target, "v407");
    const processes = [await appOf(folder), server(folder)];
    // At one stroke: an app that still writes its log into a folder that is emptied file by file can stop the emptying.
    const elsewhere = join(base, "vanished");
    renameSync(folder, elsewhere);
    expect(await Promise.all(processes.map((one) => ended(one, 50_000)))).toEqual([true, true]);
    rmSync(elsewhere, { recursive: true });
  });

  test("after its process is killed the apps end, and the next opening finds the hosts as they were", async () => {
    const folder = newFolder();
    const target = (await open(folder, ["api-01"])).target({ name: "api-01" });
    await put(folder, target, "v408");
    const app = await appOf(folder);
    signal(server(folder), "SIGKILL");
    expect(await ended(app, 50_000)).toBe(true);
    expect(await sandboxStatus(folder)).toBeUndefined();
    const again = (await open(folder, ["api-01"])).target({ name: "api-01" });
    expect(again.pinned).toEqual(target.pinned);
    await until(async () => (await get(again, "/health").catch(() => undefined))?.body.includes("v408") === true);
  });
});

describe("breaking a host", () => {
  test("down refuses logins and cuts the ones there are, until it is up", async () => {
    const folder = newFolder();
    const target = (await open(folder, ["api-01"])).target({ name: "api-01" });
    const cut = run(target, "touch here; sleep 20").catch(() => ({ code: "lost" }));
    await until(async () => (await run(target, "test -e here")).code === 0);
    await breakSandbox(folder, "api-01", "down");
    expect((await cut).code).not.toBe(0);
    await expect(run(target, "true")).rejects.toThrow("ECONNREFUSED");
    expect((await sandboxStatus(folder))?.map((host) => host.broken)).toEqual([["down"]]);
    await breakSandbox(folder, "api-01", "up");
    expect((await run(target, "true")).code).toBe(0);
    expect((await sandboxStatus(folder))?.map((host) => host.broken)).toEqual([[]]);
  });

  test("crash, sick and disk hurt in their own way", async () => {
    const folder = newFolder();
    const target = (await open(folder, ["api-01"])).target({ name: "api-01" });
    await put(folder, target, "v407");
    await until(async () => (await health(target)) === 200);
    await breakSandbox(folder, "api-01", "sick");
    expect(await health(target)).toBe(503);
    await breakSandbox(folder, "api-01", "disk");
    expect((await run(target, "echo text >file")).code).not.toBe(0);
    expect((await run(target, "df -Pk . | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4")).out).toBe("0\n");
    await breakSandbox(folder, "api-01", "crash");
    const starts = await startsOf(folder);
    await until(async () => (await startsOf(folder)) > starts + 1);
    await breakSandbox(folder, "api-01", "up");
    await until(async () => (await health(target)) === 200);
    expect((await run(target, "echo text >file && cat file")).out).toBe("text\n");
  });

  test("a host or a sandbox that is not there is said so", async () => {
    const folder = newFolder();
    await expect(breakSandbox(folder, "api-01", "down")).rejects.toThrow("No sandbox is running here.");
    await open(folder, ["api-01"]);
    await expect(breakSandbox(folder, "api-02", "down")).rejects.toThrow("The sandbox has no host api-02.");
  });
});

function server(folder: string): Identity {
  return identity(readState(join(folder, "state.json"))?.pid ?? 0);
}

async function appOf(folder: string): Promise<Identity> {
  return identity((await sandboxStatus(folder))?.[0]?.app.pid ?? 0);
}

function identity(pid: number): Identity {
  return { pid, started: startOf(pid) ?? "never" };
}

async function startsOf(folder: string): Promise<number> {
  return (await sandboxStatus(folder))?.[0]?.app.starts ?? 0;
}

async function health(target: Parameters<typeof get>[0]): Promise<number | undefined> {
  return (await get(target, "/health").catch(() => undefined))?.status;
}
