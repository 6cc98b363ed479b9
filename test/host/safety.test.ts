import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import { blank, type Operation, token } from "../../src/core/host.ts";
import type { Command, Ran } from "../../src/core/transport.ts";
import { assignments, commandLine, programBytes } from "../../src/host/frame.ts";
import { createHosts } from "../../src/host/perform.ts";
import { type Piece, tarGzOf } from "../artifacts/tar-writer.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must, type Packed, type Rig, until } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;

const nasty = fc.constantFrom(
  "'",
  "'\\''",
  '"',
  "$(id)",
  "`id`",
  "\\",
  "\n",
  "\r",
  ";id",
  "|",
  "&",
  "*",
  "-rf",
  "..",
  "\u202e",
  "{}",
  "!",
  "~",
  "#",
  "\u0007",
);
const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 8 })
  .map((parts) => parts.join("").replaceAll("\0", ""));

describe("S9: the command line is a constant", () => {
  test("S9: whatever is asked of a host and whatever it is called, every word goes by stdin", async () => {
    const lines = new Set<string>();
    const hosts = createHosts({
      run: async (_host: Host, command: Command): Promise<Ran> => {
        lines.add(command.line);
        return {
          exit: { type: "exited", code: 0 },
          stdout: new Uint8Array(),
          stderr: new Uint8Array(),
          truncated: false,
        };
      },
      connect: () => Promise.reject(new Error("not here")),
      close: async () => {},
    });
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const host: Host = { name: text, address: text, port: undefined, user: text, labels: {}, cohort: text };
        for (const operation of everything(text)) {
          await hosts.perform(host, { component: text, path: text }, operation);
          asked += 1;
        }
      }),
      { numRuns: 50 },
    );
    expect(asked).toBeGreaterThan(500);
    expect([...lines]).toEqual([commandLine]);
  });
});

/** Each operation that starts a program on the host, with a hostile text wherever one may stand. */
function everything(text: string): readonly Operation[] {
  const claim = { generation: 1, run: text, sequence: 1 };
  const orders = [
    { type: "fence", rollout: text, expect: text, holder: text },
    { type: "arm", rollout: text, attempt: 1, target: text, from: text, lease: 60 },
    { type: "drain", attempt: 1 },
    { type: "switch", attempt: 1 },
    { type: "activate", attempt: 1 },
    { type: "undrain", attempt: 1 },
    { type: "confirm", rollout: text, attempt: 1 },
    { type: "prove", target: text },
    { type: "direct", direction: "rollback", bad: text },
    { type: "revert", attempt: 1, to: text },
    { type: "close", rollout: text, page: text, over: true, keep: 5 },
  ] as const;
  return [
    ...orders.map((order) => ({ ...order, claim })),
    { type: "observe" },
    { type: "read-page", rollout: text },
    { type: "execute", run: text, within: 1000 },
    { type: "processes", process: { type: "pidfile", path: text } },
  ];
}

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  const [program = "", ...first] = shell === "busybox" ? ["busybox", "sh"] : [shell];

  test("S10: ten thousand texts arrive as they are", () => {
    const samples = fc.sample(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 30 })), {
      numRuns: 10_000,
      seed: 10,
    });
    const texts = samples.map((text) => text.replaceAll("\0", ""));
    for (let from = 0; from < texts.length; from += 1000) {
      const some = texts.slice(from, from + 1000);
      const words = Object.fromEntries(some.map((text, index) => [`w${index}`, text]));
      const shown = some.map((_, index) => `printf '%s|' "$w${index}"\n`).join("");
      const ran = spawnSync(program, [...first, "-c", commandLine], {
        input: programBytes(assignments(words) + shown),
        env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
        maxBuffer: 1 << 26,
      });
      expect(ran.stdout.equals(Buffer.from(`\n${some.map((text) => `${text}|`).join("")}`))).toBe(true);
    }
  });

  test("S26: neither the login's umask nor folders of its PATH that are not absolute count", async () => {
    const modes = [];
    for (const umask of ["000", "022", "077"]) {
      const here = make(shell);
      here.transport.faults = { noise: `umask ${umask}; PATH=.::evil:$PATH; export PATH` };
      const packed = here.release(
        "v1",
        { tar: "#!/bin/sh\ntouch $SHIP_PATH/pwned\n", sleep: "#!/bin/sh\ntouch $SHIP_PATH/pwned\n" },
        { activate: "{ echo $PATH; umask; } >$SHIP_PATH/seen; sleep 0" },
      );
      await here.bring(packed, "proven");
      expect(existsSync(join(here.path, "pwned"))).toBe(false);
      const [path = "", mask] = readFileSync(join(here.path, "seen"), "utf8").split("\n");
      expect(path.split(":").filter((folder) => !folder.startsWith("/"))).toEqual([]);
      expect(path).toContain("/usr/sbin:/usr/bin:/sbin:/bin");
      expect(mask).toMatch(/^0*22$/);
      modes.push(modesUnder(here.path));
    }
    expect(modes[0]).toEqual(modes[1]);
    expect(modes[2]).toEqual(modes[1]);
    expect(modes[1]?.filter((line) => / \d*[2367]$| \d*[2367]\d$/.test(line))).toEqual([]);
  });

  test("S22, S23: what an archive holds is nobody's but the login user's to write, root's login included", async () => {
    const here = make(shell);
    const packed = repacked(here, [
      { name: "./", type: "5", mode: 0o777 },
      { name: "open", type: "5", mode: 0o1777 },
      { name: "open/file", body: "x", mode: 0o666 },
      { name: "run", body: "#!/bin/sh\n", mode: 0o777 },
      { name: "link", type: "2", link: "open/file" },
    ]);
    await must(here.order(fence));
    await must(here.order({ type: "place", ...packed }));
    const folder = join(here.path, "releases", packed.release.name);
    for (const name of [".", "open", "open/file", "run"]) {
      const { mode, uid } = statSync(join(folder, name));
      expect([name, mode & 0o6022, uid]).toEqual([name, 0, process.getuid?.()]);
    }
    expect(statSync(join(folder, "run")).mode & 0o111).toBe(0o111);
  });

  test("S24, S25, S29: what ship keeps on a host is the login user's alone, and none of it lies in /tmp", async () => {
    const here = make(shell);
    const packed = { ...here.release("v1", {}, { activate: "echo a service says" }), env: { TOKEN: "hunter2" } };
    const before = new Set(readdirSync("/tmp"));
    await here.bring(packed, "proven");
    await must(here.order({ type: "close", rollout: "r", page: "{}", over: true }));
    expect(statSync(join(here.path, ".ship")).mode & 0o777).toBe(0o700);
    expect(statSync(join(here.path, ".ship/host.sh")).mode & 0o022).toBe(0);
    expect(statSync(join(here.path, "releases", `${packed.release.name}.env`)).mode & 0o777).toBe(0o600);
    expect(statSync(here.path).mode & 0o777).toBe(0o755);
    // Tests beside this one make folders there and take them away.
    const fresh = readdirSync("/tmp").filter(
      (name) => !before.has(name) && /ship|api/i.test(name) && !/^ship-|^bash_jobs/.test(name),
    );
    const uids = fresh.map((name) => statSync(join("/tmp", name), { throwIfNoEntry: false })?.uid);
    expect(fresh.filter((_, at) => uids[at] === process.getuid?.())).toEqual([]);
  });

  test("S27: a secret of the environment is in no argument of any process, and in one file that its owner alone reads", async () => {
    const here = make(shell);
    const secret = "hunter2-in-the-environment";
    const look =
      "for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$file; echo; done >$SHIP_PATH/arguments 2>/dev/null; :";
    const packed = { ...here.release("v1", {}, { activate: look }), env: { TOKEN: secret } };
    await here.bring(packed, "proven");
    const seen = readFileSync(join(here.path, "arguments"), "utf8");
    expect(seen).toContain("host.sh");
    expect(seen).not.toContain(secret);
    await until(
      () => readdirSync(join(here.path, ".ship")).filter((name) => name.startsWith("watch-")),
      (watchdogs) => watchdogs.length === 0,
    );
    const holding = filesUnder(here.path).filter((file) => readFileSync(file).includes(secret));
    expect(holding).toEqual([join(here.path, "releases", `${packed.release.name}.env`)]);
  });

  test("S28: the end of a log begins with a whole line, as half of a secret would not be known for one", async () => {
    const here = make(shell);
    const loud = here.release("v1", {}, { activate: "yes 0123456789-secret | head -n 1000; exit 3" });
    await here.bring(loud, "switched");
    const answer = await here.order({ type: "activate", attempt: 1 });
    const lines = answer.type === "failed" ? answer.log.split("\n") : [];
    expect(lines.length).toBeGreaterThan(150);
    expect(new Set(lines)).toEqual(new Set(["0123456789-secret"]));
  });

  test("an archive that fails to unpack half-way leaves nothing, and its host says why (cell 43)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const whole = tarGzOf([
      { name: "first", body: "x".repeat(50_000) },
      { name: "second", body: randomText(200_000) },
    ]);
    const packed = ofBytes(here, whole.subarray(0, whole.length - 50_000));
    const answer = await here.order({ type: "place", ...packed });
    expect(answer).toMatchObject({ type: "failed", detail: "the archive could not be unpacked" });
    expect(answer.type === "failed" && answer.log).not.toBe("");
    expect(readdirSync(join(here.path, "releases"))).toEqual([]);
    expect(readdirSync(join(here.path, ".ship/incoming"))).toEqual([]);
    expect((await here.observe()).releases).toEqual([]);
  });

  test("bytes beyond the declared size are not taken from the line (cell 38)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    writeFileSync(packed.archive, Buffer.concat([readFileSync(packed.archive), Buffer.alloc(5_000_000)]));
    await must(here.order({ type: "place", ...packed }));
    expect((await here.observe()).releases).toEqual([packed.release.name]);
    expect(readdirSync(join(here.path, ".ship/incoming"))).toEqual([]);
  });
});

/** Text that gzip cannot make much shorter. */
function randomText(length: number): string {
  return Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash("sha256").update(`${index}`).digest("hex"),
  ).join("");
}

function repacked(here: Rig, pieces: readonly Piece[]): Packed {
  return ofBytes(here, tarGzOf(pieces));
}

/** A release whose archive is these bytes, truly described. */
function ofBytes(here: Rig, bytes: Buffer): Packed {
  const packed = here.release("v1", {});
  writeFileSync(packed.archive, bytes);
  return { ...packed, sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path) && statSync(path).isFile());
}

/** `path mode`, without what carries a random name. */
function modesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => existsSync(join(folder, name)) && !/jobs\/|watch-/.test(name))
    .sort()
    .map(
      (name) => `${name.replace(/-[0-9a-f]{8}\b/, "-X")} ${(statSync(join(folder, name)).mode & 0o7777).toString(8)}`,
    );
}
