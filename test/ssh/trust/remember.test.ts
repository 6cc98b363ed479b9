import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readKnownHosts } from "../../../src/ssh/trust/known-hosts.ts";
import { keysFor } from "../../../src/ssh/trust/known-lookup.ts";
import { remember } from "../../../src/ssh/trust/remember.ts";
import { blob, makeKeyPair } from "../keys.ts";

const target = {
  address: "10.0.0.5",
  port: 2222,
  user: "u",
  keys: [],
  agent: undefined,
  agentKeys: undefined,
} as const;
const rest = { pinned: [], authorities: [], knownHosts: [], notes: [] } as const;
const contact = (name: string) => ({ target: { ...target, ...rest, name }, key: blob(makeKeyPair().public) });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-remember-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a new file is its owner's alone, and so is its folder", async () => {
  const file = join(folder, ".ssh", "known_hosts");
  await remember({ file, hashed: false }, [contact("[web]:2222")]);
  expect(readFileSync(file, "utf8")).toMatch(/^\[web\]:2222 ssh-ed25519 \S+\n$/);
  expect([statSync(file).mode & 0o777, statSync(join(folder, ".ssh")).mode & 0o777]).toEqual([0o600, 0o700]);
});

test("what is there stays, also a last line without an end; and both ssh-keygen and we find what was added", async () => {
  const file = join(folder, "known_hosts");
  const old = `old ${makeKeyPair().public}`;
  writeFileSync(file, old);
  const [plain, hidden] = [contact("web"), contact("[db]:22022")];
  await remember({ file, hashed: false }, [plain]);
  await remember({ file, hashed: true }, [hidden]);
  const text = readFileSync(file, "utf8");
  expect(text.startsWith(`${old}\nweb ssh-ed25519 `)).toBe(true);
  expect(text).not.toContain("[db]");
  for (const { target, key } of [plain, hidden]) {
    expect(execFileSync("ssh-keygen", ["-F", target.name, "-f", file], { encoding: "utf8" })).toContain("found: line");
    const { pinned } = keysFor(await readKnownHosts([file]), [target.name]);
    expect(pinned.map((pin) => pin.key)).toEqual([Buffer.from(key).toString("base64")]);
  }
});

test("many at once lose nothing", async () => {
  const file = join(folder, "known_hosts");
  await Promise.all(Array.from({ length: 40 }, (_, i) => remember({ file, hashed: i % 2 === 0 }, [contact(`h${i}`)])));
  expect(await readKnownHosts([file])).toHaveLength(40);
});

test("where it cannot be written, it is refused with the reason", async () => {
  mkdirSync(join(folder, "known_hosts"));
  const writing = remember({ file: join(folder, "known_hosts"), hashed: false }, [contact("web")]);
  await expect(writing).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("EISDIR") });
});
