import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exit } from "../../src/core/transport.ts";
import type { Target } from "../../src/ssh/target.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { makeKeyPair, pin } from "./keys.ts";
import { listen, startServer, type TestServer } from "./server.ts";

let far: TestServer;
let near: TestServer;
let bastion: TestServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-jump-"));
  [far, near, bastion] = await Promise.all([startServer(), startServer(), startServer()]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all([far, near, bastion].map((server) => server.stop()));
});

const behind = (target: Target, jump: Target): Target => ({ ...target, via: { type: "jump", target: jump } });

async function run(target: Target, connectWithin = 5000): Promise<Exit> {
  const transport = openSsh({ resolve: async () => target, concurrency: 4, connectWithin });
  const ran = await transport.run(far.host, { line: "exit 3", stdin: [], within: 20_000, cap: 10 });
  await transport.close();
  return ran.exit;
}

describe("through jump hosts", () => {
  test("one, and two of them, each with its own login and its own key", async () => {
    expect(await run(behind(far.target, bastion.target))).toEqual({ type: "exited", code: 3 });
    const two = behind(far.target, behind(near.target, bastion.target));
    const before = bastion.counts.connected;
    expect(await run(two)).toEqual({ type: "exited", code: 3 });
    expect(bastion.counts.connected).toBe(before + 1);
  });

  test("a jump host whose key is not the pinned one stops everything before its login (pitfalls 1, 27)", async () => {
    const wrong = { ...near.target, pinned: [pin(makeKeyPair().public)] };
    const counts = [near.counts.asked, far.counts.connected];
    const exit = await run(behind(far.target, behind(wrong, bastion.target)));
    expect(exit).toMatchObject({ type: "unsent", cause: "host-key", reason: expect.stringContaining("has changed") });
    expect([near.counts.asked, far.counts.connected]).toEqual(counts);
  });

  test("where nothing answers behind it, it says so, and where nothing answers it, too", async () => {
    expect(await run(behind({ ...far.target, port: 1 }, bastion.target))).toMatchObject({
      type: "unsent",
      cause: "unreachable",
      reason: expect.stringContaining("127.0.0.1:1 from the jump host"),
    });
    expect(await run(behind(far.target, { ...bastion.target, port: 1 }))).toMatchObject({
      type: "unsent",
      cause: "unreachable",
      reason: expect.stringMatching(/^the jump host .*nothing listens there/),
    });
  });
});

test("each hop has a deadline of its own: one that takes the connection and says nothing is given up, and named", async () => {
  const silent = createServer(() => undefined);
  const port = await listen(silent);
  const late = expect.stringContaining("the connection did not come about within 1 s");
  expect(await run(behind({ ...far.target, port }, bastion.target), 1000)).toMatchObject({
    type: "unsent",
    reason: late,
  });
  const stuck = await run(behind(far.target, { ...bastion.target, port }), 1000);
  expect(stuck).toMatchObject({ type: "unsent", cause: "unreachable", reason: late });
  expect(stuck).toMatchObject({ reason: expect.stringMatching(/^the jump host 127\.0\.0\.1:\d+: the connection/) });
  silent.close();
});

describe("many behind one", () => {
  test("share its connection, and all break when it does", async () => {
    const transport = openSsh({ resolve: async () => behind(far.target, bastion.target), concurrency: 8 });
    const before = bastion.counts.connected;
    const hosts = Array.from({ length: 20 }, (_, i) => ({ ...far.host, name: `h${i}` }));
    const rans = await Promise.all(
      hosts.map((host) => transport.run(host, { line: "true", stdin: [], within: 20_000, cap: 10 })),
    );
    expect(rans.filter(({ exit }) => exit.type === "exited")).toHaveLength(20);
    expect(bastion.counts.connected).toBe(before + 1);
    const begun = join(folder, "begun");
    const line = `echo >>${begun}; sleep 60`;
    const sleeping = hosts.map((host) => transport.run(host, { line, stdin: [], within: 60_000, cap: 10 }));
    await expect.poll(() => existsSync(begun) && readFileSync(begun).length).toBe(20);
    bastion.cut();
    for (const { exit } of await Promise.all(sleeping))
      expect(exit).toMatchObject({ type: "lost", reason: expect.stringContaining("the jump host") });
    const again = await transport.run(far.host, { line: "exit 5", stdin: [], within: 20_000, cap: 10 });
    expect(again.exit).toEqual({ type: "exited", code: 5 });
    await transport.close();
  });
});

describe("a proxy command", () => {
  const bridge = (port: number) =>
    `${process.execPath} -e 'const s=require("net").connect(${port},"127.0.0.1");process.stdin.pipe(s);s.pipe(process.stdout)'`;

  test("is the way", async () => {
    const via = { type: "command", command: bridge(far.target.port) } as const;
    expect(await run({ ...far.target, via })).toEqual({ type: "exited", code: 3 });
  });

  test("ends with the connection, whatever it has started itself", async () => {
    const [pid, below] = [join(folder, "pid"), join(folder, "below")];
    const script = join(folder, "proxy");
    writeFileSync(script, `sleep 300 & echo $! >${below}; echo $$ >${pid}; exec ${bridge(far.target.port)}`);
    expect(await run({ ...far.target, via: { type: "command", command: `sh ${script}` } })).toMatchObject({ code: 3 });
    const isGone = (file: string) => !existsSync(`/proc/${readFileSync(file, "utf8").trim()}`);
    await expect.poll(() => [isGone(pid), isGone(below)]).toEqual([true, true]);
  });

  test("that fails says why", async () => {
    const via = { type: "command", command: "sh -c 'echo no such bastion >&2; exit 4'" } as const;
    expect(await run({ ...far.target, via })).toMatchObject({
      type: "unsent",
      cause: "unreachable",
      reason: expect.stringContaining("the ProxyCommand ended with 4: no such bastion"),
    });
  });
});
