import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** The pitfalls of ssh2 1.17, in the order in which they were found: what happens to whoever does not know of it. */
const pitfalls = [
  "no host key is checked unless a verifier is given",
  "a connection that is lost closes with the code undefined",
  "a command that a signal killed closes with the code null",
  "stdout that nobody reads holds back the close",
  "stderr that nobody reads stops the command",
  "a peer that is silent is waited for for ever",
  "signal() does nothing after end() or eof()",
  "sshd 9.2 refuses signals for root",
  "what runs on the host outlives the connection",
  "a write is not called back where the command has ended",
  "of more than ten sessions on a connection the rest fail",
  "each sftp() that is not ended keeps a session",
  "sshd turns connections away where many start at once",
  "an error is not always the end: an agent that cannot sign is told as one",
  "an error may come late, or twice, and unheard it ends the process",
  "exec and forwardOut throw where the connection has ended",
  "fastPut says that all went well where chmod failed",
  "fastPut spins for ever where its source shrinks",
  "fastPut writes in place, without sync and without checksum",
  "writing through SFTP is slow on a long way",
  "no OpenSSH certificates, of users or hosts",
  "no security keys",
  "no post-quantum key exchange",
  "a server that wants two keys is not answered with the agent's",
  "Terrapin, where the server has no strict exchange",
  "the client never asks for new keys, and hostHash broke with them",
  "no ssh_config, and no ProxyJump",
  "readyTimeout begins with the connection and covers the login",
  "native parts may be missing",
  "the order of algorithms is another one than the one it tells",
];

/** Those that cannot occur here, and why. The tests below hold what these sentences say. */
const absent: Readonly<Record<number, string>> = {
  12: "ship opens no SFTP session: bytes go by `cat` over a command's stdin",
  17: "ship opens no SFTP session: the host's own program makes files, with their modes, before anything is in them",
  18: "ship opens no SFTP session: what is sent is packed beforehand, and its length goes before it",
  29: "ship is one bundle without native parts, and every end-to-end test runs it",
};

function files(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(join(root, folder, file), "utf8"));
}

/** Rows that the title of a test, or of a suite, names. */
const named = new Set(
  files("test", ".ts").flatMap((text) =>
    [...text.matchAll(/^\s*(?:test|describe)\b.*\(pitfalls? (\d+(?:, \d+)*)\)["'`]/gm)].flatMap(([, rows = ""]) =>
      rows.split(", ").map(Number),
    ),
  ),
);

describe("what surprises in ssh2", () => {
  test.each(pitfalls.map((pitfall, index) => [index + 1, pitfall] as const))("%d: %s", (row) => {
    expect(named.has(row) || absent[row] !== undefined).toBe(true);
  });

  test("nothing else is named", () => {
    expect([...named, ...Object.keys(absent).map(Number)].filter((row) => pitfalls[row - 1] === undefined)).toEqual([]);
  });

  test("no SFTP session is opened, and no native part is bundled", () => {
    const source = files("src", ".ts").join("\n");
    expect(source).not.toMatch(/\.sftp\(|fastPut|fastGet/);
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(scripts.build).toContain("--external:*.node");
  });

  test("no signal is sent through SSH, and the client is one in which Terrapin and hostHash are mended (pitfalls 7, 25, 26)", () => {
    expect(files("src/ssh", ".ts").join("\n")).not.toMatch(/\.signal\(["'`]|hostHash/);
    const { version } = JSON.parse(readFileSync(join(root, "node_modules/ssh2/package.json"), "utf8"));
    const [major = 0, minor = 0] = String(version).split(".").map(Number);
    expect(major > 1 || minor >= 16).toBe(true);
  });
});
