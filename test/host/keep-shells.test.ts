import type { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import type { Command, Ran, Transport } from "../../src/core/transport.ts";
import { programBytes } from "../../src/host/frame.ts";
import { keepShells } from "../../src/host/keep-shells.ts";
import { createLocalTransport, hasShell, type LocalTransport, shells } from "./local-transport.ts";

const host = { name: "h", address: "h", port: undefined, user: undefined, labels: {}, cohort: "all" };

type Kept = { readonly local: LocalTransport; readonly transport: Transport<Duplex>; sessions(): number };

const open: Kept[] = [];
afterEach(async () => {
  for (const { transport } of open.splice(0)) await transport.close();
});

function keep(shell: Parameters<typeof createLocalTransport>[0], linger?: number): Kept {
  const local = createLocalTransport(shell);
  const run = local.run;
  let count = 0;
  local.run = (...asked) => {
    count += 1;
    return run(...asked);
  };
  const kept = { local, transport: keepShells(local, linger), sessions: () => count };
  open.push(kept);
  return kept;
}

/** Runs a program of sh. */
function run({ transport }: Kept, text: string, more: Partial<Command> = {}): Promise<Ran> {
  const usual = { line: "unused", shell: "kept", within: 60_000, cap: 1000 } as const;
  return transport.run(host, { ...usual, stdin: [programBytes(text)], ...more });
}

function said({ stdout }: Ran): string {
  return Buffer.from(stdout)
    .toString()
    .replace(/\nship [0-9a-f]{32} over\n$/, "")
    .trim();
}

describe.each(shells.filter(hasShell))("in one %s", (shell) => {
  test("programs run one after another, each as if it were alone", async () => {
    const kept = keep(shell);
    expect(said(await run(kept, "x=1; umask 077; cd /; exec 9>/dev/null; echo first"))).toBe("first");
    expect(said(await run(kept, 'echo "<$x>"; umask; pwd'))).toMatch(/^<>\n0022\n(?!\/$)/);
    expect(said(await run(kept, "cat; echo nothing to read"))).toBe("nothing to read");
    expect(said(await run(kept, "echo shared", { shell: "shared" }))).toBe("shared");
    expect(kept.sessions()).toBe(1);
  });

  test("one that fails says how, with what it complained, and the next has a new shell", async () => {
    const kept = keep(shell);
    const ran = await run(kept, "echo a; echo b >&2; exit 7");
    expect(ran.exit).toEqual({ type: "exited", code: 7 });
    expect(Buffer.from(ran.stderr).toString()).toBe("b\n");
    expect(said(ran)).toBe("a");
    expect(said(await run(kept, "echo well"))).toBe("well");
    expect(kept.sessions()).toBe(2);
  });

  test("one that is cut is not run", async () => {
    const kept = keep(shell);
    await run(kept, ":");
    const ran = await run(kept, "", { stdin: [programBytes("echo ran").subarray(0, -1)], within: 300 });
    expect(ran.exit.type).toBe("lost");
    expect(said(ran)).toBe("");
  });
});

test("what a program may write and take is its own", async () => {
  const kept = keep("dash");
  const ran = await run(kept, "echo 1234567890", { cap: 5 });
  expect(ran).toMatchObject({ truncated: true, exit: { type: "exited", code: 0 } });
  const late = await run(kept, "echo begun; while :; do sleep 1; done", { within: 500 });
  expect(late.exit).toEqual({ type: "lost", reason: "no end within 0.5 s" });
  expect(said(await run(kept, "echo next"))).toBe("next");
  expect(kept.sessions()).toBe(2);
});

test("while it is busy another program has a session of its own; what is only shared opens none that stays", async () => {
  const kept = keep("dash");
  await run(kept, ":");
  const both = await Promise.all([run(kept, "echo one"), run(kept, "echo two")]);
  expect(both.map(said)).toEqual(["one", "two"]);
  expect(kept.sessions()).toBe(2);
});

test("one that nobody needs for a while ends, and one that stands in the way of a stream", async () => {
  const kept = keep("dash", 0);
  let ended = 0;
  const plain = kept.local.run;
  kept.local.run = async (...asked) => plain(...asked).finally(() => (ended += 1));
  await run(kept, ":");
  await expect.poll(() => ended, { timeout: 30_000 }).toBe(1);
  const long = keep("dash");
  await run(long, ":");
  const alone = { stdin: [Buffer.from("")], line: "echo alone" };
  const ran = await long.transport.run(host, { ...alone, within: 60_000, cap: 100 });
  expect(said(ran)).toBe("alone");
  expect(await run(long, "echo new").then(said)).toBe("new");
  expect(long.sessions()).toBe(3);
});

test("where it was never sent, that is what is told", async () => {
  const exit = { type: "unsent", cause: "auth", reason: "no" } as const;
  const ran = { exit, stdout: new Uint8Array(), stderr: new Uint8Array(), truncated: false };
  const transport = keepShells({
    run: () => Promise.resolve(ran),
    connect: () => Promise.reject(new Error("no")),
    close: () => Promise.resolve(),
  });
  const asked = { line: "", shell: "kept", stdin: [programBytes(":")], within: 1000, cap: 10 } as const;
  expect((await transport.run(host, asked)).exit).toEqual(exit);
});
