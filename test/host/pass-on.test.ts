import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { blank, token } from "../../src/core/host.ts";
import { perl, python } from "../../src/host/relay.ts";
import { keepRigs, must, type Packed, type Rig, until } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;
const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** Two hosts: one that has the archive, and one that is to have it. */
async function pair(files: Readonly<Record<string, string>>) {
  const [giver, taker] = [make("dash"), make("dash")];
  for (const here of [giver, taker]) await must(here.order(fence));
  const packed = giver.release("v1", files);
  await must(giver.order({ type: "place", ...packed, keepsArchive: true }));
  giver.transport.faults = { address: "127.0.0.1" };
  return { giver, taker, packed };
}

async function serving(giver: Rig, { sha256, size }: Packed, takes: number): Promise<string> {
  const answer = await giver.ask({ type: "pass-on", sha256, size, takes });
  if (answer.type !== "serving") throw new Error(JSON.stringify(answer));
  return answer.url;
}

const from = (url: string) => ({ from: { by: "relay" as const, url, headers: {} } });

async function place(here: Rig, packed: Packed, url: string) {
  const answer = await here.order({ type: "place", ...packed, ...from(url) });
  if (answer.type !== "done") throw new Error(JSON.stringify(answer));
  return answer.came;
}

/** Does something listen there? */
function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Arguments and environments of the processes that this user sees. */
function commandLines(): string {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).join("\n");
}

/** Empty when the process has ended meanwhile. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe.runIf(has("curl") && has("python3"))("an archive that a host has", () => {
  test("is passed on to another: nothing is sent from here, and nothing listens any more when that is done", async () => {
    const { giver, taker, packed } = await pair({ file: "x".repeat(500_000) });
    const url = await serving(giver, packed, 1);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/);
    expect(commandLines()).not.toContain(url.slice(-32));
    expect(await place(taker, packed, url)).toEqual({ from: "relay", bytes: packed.size });
    expect(taker.uplink.sent()).toBe(0);
    await until(
      () => listens(url),
      (is) => !is,
    );
  });

  test("is of the artifact's digest or is not used, whatever the one that passes it on says", async () => {
    const { giver, taker, packed } = await pair({ file: "x".repeat(50_000) });
    const other = giver.release("v2", { file: "y".repeat(50_000) });
    await must(giver.order({ type: "place", ...other, keepsArchive: true }));
    const url = await serving(giver, other, 1);
    const came = await place(taker, packed, url);
    expect(came).toMatchObject({ from: "here", instead: expect.stringMatching(/bytes came|digest|code 63/) });
    expect(taker.uplink.sent()).toBe(packed.size);
  });

  test("that is gone, or whose host is, is sent from here", async () => {
    const { giver, taker, packed } = await pair({ file: "x" });
    const url = await serving(giver, packed, 1);
    expect(await place(taker, packed, `${url.slice(0, -1)}_`)).toMatchObject({
      from: "here",
      instead: "curl ended with code 22",
    });
    const nobody = url.replace(/:\d+\//, ":9/");
    const again = giver.release("v3", { file: "z" });
    expect(await place(taker, again, nobody)).toMatchObject({ from: "here", instead: "curl ended with code 7" });
    await must(giver.order({ type: "close", rollout: "r", page: "{}", over: true }));
    const { sha256, size } = packed;
    expect(await giver.ask({ type: "pass-on", sha256, size, takes: 1 })).toMatchObject({
      type: "failed",
      detail: "it has not kept the archive",
    });
  });

  test("needs a host that knows where it was reached", async () => {
    const { giver, packed } = await pair({ file: "x" });
    giver.transport.faults = {};
    const { sha256, size } = packed;
    const answer = await giver.ask({ type: "pass-on", sha256, size, takes: 1 });
    expect(answer).toMatchObject({ type: "failed", detail: "it does not know its own address" });
  });
});

describe.each([
  ["python3", ["-c", python]],
  ["perl", ["-e", perl]],
] as const)("the server in %s", (program, words) => {
  const start = (takes: number, life: number) => {
    const RELAY = [import.meta.filename, "secret", "127.0.0.1", takes, life].join("\n");
    const started = spawnSync(program, words, { env: { ...process.env, RELAY } });
    expect(started.stderr.toString()).toBe("");
    return `http://127.0.0.1:${started.stdout.toString().trim()}/`;
  };

  test.runIf(has(program))("gives the file to whoever knows its path, so often, and then ends", async () => {
    const url = start(2, 60);
    expect((await fetch(`${url}other`)).status).toBe(404);
    expect((await fetch(`${url}secret/../other`)).status).toBe(404);
    for (let time = 0; time < 2; time += 1)
      expect(await (await fetch(`${url}secret`)).text()).toBe(readFileSync(import.meta.filename, "utf8"));
    await until(
      () => listens(url),
      (is) => !is,
    );
  });

  test.runIf(has(program))("gives it to three at once, and the fourth waits for its turn", async () => {
    const url = start(4, 60);
    const all = await Promise.all([1, 2, 3, 4].map(async () => (await (await fetch(`${url}secret`)).text()).length));
    expect(new Set(all)).toEqual(new Set([readFileSync(import.meta.filename, "utf8").length]));
  });

  test.runIf(has(program))("ends when its time is over, though somebody holds a connection open", async () => {
    const url = start(1, 1);
    const { hostname, port } = new URL(url);
    const held = connect(Number(port), hostname);
    held.on("error", () => undefined);
    await sleep(300);
    await until(
      () => listens(url),
      (is) => !is,
    );
    held.destroy();
  });

  test.runIf(has(program))("says why it cannot listen where it is told to", () => {
    const RELAY = [import.meta.filename, "secret", "192.0.2.1", 1, 1].join("\n");
    const started = spawnSync(program, words, { env: { ...process.env, RELAY } });
    expect(started.status).not.toBe(0);
    expect(started.stderr.toString()).toMatch(/assign/i);
  });
});
