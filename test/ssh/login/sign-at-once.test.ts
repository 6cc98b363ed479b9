import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Target } from "../../../src/ssh/target.ts";
import { openSsh } from "../../../src/ssh/transport.ts";
import { startOpenSsh } from "../../e2e/openssh.ts";
import { hasOpenSsh } from "../../e2e/openssh-server.ts";
import { makeKeyPair } from "../keys.ts";
import { startServer } from "../server.ts";

async function logIn(host: Parameters<ReturnType<typeof openSsh>["run"]>[0], target: Target) {
  const transport = openSsh({ resolve: async () => target, concurrency: 1 });
  const ran = await transport.run(host, { line: "true", stdin: [], within: 20_000, cap: 10 });
  await transport.close();
  return ran.exit;
}

test("the first key signs at once: one request to log in, and none to ask what is allowed", async () => {
  const server = await startServer();
  expect(await logIn(server.host, server.target)).toEqual({ type: "exited", code: 0 });
  expect(server.counts.asked).toBe(1);
  await server.stop();
});

test("a later key is asked about before it signs", async () => {
  const server = await startServer();
  const target = { ...server.target, keys: [makeKeyPair().private, ...server.target.keys] };
  expect(await logIn(server.host, target)).toEqual({ type: "exited", code: 0 });
  expect(server.counts.asked).toBe(3);
  await server.stop();
});

test.skipIf(!hasOpenSsh())("a real sshd takes it of every type of key", async () => {
  const rig = await startOpenSsh({ hosts: 1 });
  const folder = mkdtempSync(join(tmpdir(), "ship-keys-"));
  const [only] = rig.hosts;
  if (only === undefined) throw new Error("a rig of one host has one");
  const target = await rig.resolve(only.host);
  for (const [type, bits] of [
    ["rsa", "2048"],
    ["ecdsa", "384"],
    ["ed25519", "256"],
  ] as const) {
    const file = join(folder, type);
    execFileSync("ssh-keygen", ["-q", "-t", type, "-b", bits, "-N", "", "-f", file]);
    execFileSync("sh", ["-c", `cat ${file}.pub >> ${join(rig.root, "authorized_keys")}`]);
    const keys = [readFileSync(file, "utf8")];
    expect(await logIn(only.host, { ...target, keys }), type).toEqual({ type: "exited", code: 0 });
  }
  rmSync(folder, { recursive: true });
  await rig.stop();
});
