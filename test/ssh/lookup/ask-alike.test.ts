import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Asked } from "../../../src/ssh/lookup/ask.ts";
import { askSsh } from "../../../src/ssh/lookup/ask.ts";
import { askerForMany } from "../../../src/ssh/lookup/ask-alike.ts";
import type { Options } from "../../../src/ssh/lookup/options.ts";

const real = execFileSync("sh", ["-c", "command -v ssh || :"], { encoding: "utf8" }).trim();

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "ship-alike-"));
  mkdirSync(join(home, ".ssh"));
  mkdirSync(join(home, "bin"));
  vi.stubEnv("HOME", home);
  // Every call is counted, and answered by the real program.
  writeFileSync(join(home, "bin/ssh"), `#!/bin/sh\necho . >>${home}/calls\nexec ${real} "$@"\n`);
  chmodSync(join(home, "bin/ssh"), 0o755);
  vi.stubEnv("PATH", `${home}/bin:${process.env["PATH"]}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function config(text: string): void {
  writeFileSync(join(home, ".ssh/config"), text, { mode: 0o600 });
}

function host(name: string, more: Partial<Asked> = {}): Asked {
  return { name, user: undefined, port: undefined, address: undefined, ...more };
}

function calls(): number {
  return existsSync(join(home, "calls")) ? readFileSync(join(home, "calls"), "utf8").split("\n").length - 1 : 0;
}

function shown(options: Options): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(options.keywords.map((keyword) => [keyword, options.all(keyword)]));
}

/** What is said of each host, held against what ssh says when it is asked for that host alone; and how often ssh was asked. */
async function askedFor(hosts: readonly Asked[]): Promise<number> {
  const ask = askerForMany();
  const said = await Promise.all(hosts.map(ask));
  const count = calls();
  const alone = await Promise.all(hosts.map(askSsh));
  expect(said.map(shown)).toEqual(alone.map(shown));
  return count;
}

const many = Array.from({ length: 30 }, (_, number) => host(`web-${number}`, { address: `10.0.0.${number}` }));

describe.runIf(real !== "")("ssh is asked for many hosts", () => {
  test("one host is one question", async () => {
    expect(await askedFor([host("web-1")])).toBe(1);
  });

  test("hosts that no line tells apart are one question, and one for the files that ssh reads", async () => {
    config("Host db*\n  Port 2200\nHost *\n  User deploy\n  IdentityFile ~/.ssh/id_%r\n");
    expect(await askedFor(many)).toBe(2);
    expect(await askedFor(many.map(({ name }) => host(name)))).toBe(2 + 30 + 2);
  });

  test("each set of lines that fit is a question of its own", async () => {
    config("Host web-1*\n  Port 2200\nHost web-*5 !web-25\n  User five\nHost *\n  User deploy\n");
    expect(await askedFor(many)).toBe(1 + 4);
  });

  test("other ports and users are told apart", async () => {
    const [first, second, third] = many.slice(0, 3).map((one, at) => ({ ...one, port: 2200 + at, user: `u${at}` }));
    if (first !== undefined && second !== undefined && third !== undefined)
      expect(await askedFor([first, second, third])).toBe(4);
  });

  test("a name that gets into the address is asked for by itself", async () => {
    config("Host web-*\n  HostName %h.example.com\n");
    await askedFor(many.slice(0, 5).map(({ name }) => host(name)));
  });

  test("a fixed address stays what it is", async () => {
    config("Host web-*\n  HostName bastion.example.com\n");
    expect(await askedFor(many.slice(0, 5).map(({ name }) => host(name)))).toBe(2);
  });

  test.each(["web-1 # was web-2", "'web-1'"])(
    "where ssh reads more in a line than patterns, every host is asked for: %s",
    async (names) => {
      config(`Host ${names}\n  Port 2201\n`);
      expect(await askedFor(many.slice(0, 5))).toBe(1 + 5);
    },
  );

  test("where Match decides, every host is asked for", async () => {
    config("Match originalhost web-3\n  Port 2203\n");
    expect(await askedFor(many.slice(0, 5))).toBe(1 + 5);
  });

  test("lines of included files count too", async () => {
    mkdirSync(join(home, "more"));
    writeFileSync(join(home, "more/a.conf"), "Host web-3\n  Port 2203\n", { mode: 0o600 });
    config(`Include ${home}/more/*.conf\n`);
    expect(await askedFor(many.slice(0, 5))).toBe(1 + 2);
  });

  test("an Include that cannot be followed leaves each host to ssh", async () => {
    config(`Include ${home}/m*/*.conf\n`);
    expect(await askedFor(many.slice(0, 5))).toBe(1 + 5);
  });
});
