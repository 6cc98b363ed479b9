import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controlFolder } from "../../src/ssh/openssh/folder.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "run-"));
  vi.stubEnv("XDG_RUNTIME_DIR", base);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

test("nobody else may enter it, each path is a new one, and it goes with all that is in it", async () => {
  const folder = await controlFolder();
  const paths = [folder.next(), folder.next()];
  expect(new Set(paths).size).toBe(2);
  const [name = ""] = readdirSync(base);
  expect(statSync(join(base, name)).mode & 0o777).toBe(0o700);
  expect(paths.every((path) => path.startsWith(join(base, name)) && path.length + 17 < 104)).toBe(true);
  const server = createServer().listen(paths[0]);
  await once(server, "listening");
  await folder.remove();
  server.close();
  expect(readdirSync(base)).toEqual([]);
});

test("what a killed run left goes, and a folder of one that runs, or of somebody else, stays", async () => {
  const killed = join(base, "ship-ssh-killed");
  const others = join(base, "ship-ssh-others");
  const living = await controlFolder();
  for (const folder of [killed, others]) mkdirSync(folder);
  await leaveSocket(join(killed, "owner"));
  await leaveSocket(join(killed, "1"));
  const [mine] = readdirSync(base).filter((name) => !["ship-ssh-killed", "ship-ssh-others"].includes(name));
  const next = await controlFolder();
  expect(existsSync(killed)).toBe(false);
  expect([existsSync(others), existsSync(join(base, mine ?? ""))]).toEqual([true, true]);
  await living.remove();
  await next.remove();
});

test("where the path would be too long for a socket, another folder is taken", async () => {
  const long = join(base, "x".repeat(80));
  mkdirSync(long);
  vi.stubEnv("XDG_RUNTIME_DIR", long);
  const folder = await controlFolder();
  expect(folder.next().startsWith(long)).toBe(false);
  expect(readdirSync(long)).toEqual([]);
  await folder.remove();
});

/** A socket at which nobody listens any more, as only a kill leaves one. */
async function leaveSocket(path: string): Promise<void> {
  const code = "require('net').createServer().listen(process.argv[1], () => console.log('listens'))";
  const child = spawn(process.execPath, ["-e", code, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(path)).toBe(true);
}
