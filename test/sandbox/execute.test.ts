import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Sandbox, Target } from "../../src/sandbox/open.ts";
import { connected, execute, forwarded, get, put, rig, run, until } from "./rig.ts";

const { base, folder: newFolder, open } = rig();
const folder = newFolder();
let sandbox: Sandbox;
let target: Target;

beforeAll(async () => {
  sandbox = await open(folder, ["api-01", "api-02"]);
  target = sandbox.target({ name: "api-01" });
});

describe("a command on a host", () => {
  test("runs in the host's home, with a login's environment and nothing of ours", async () => {
    const home = join(folder, "hosts", "api-01");
    const { out } = await run(
      target,
      "pwd; env | sort | cut -d = -f 1 | grep -v -x -e PWD -e OLDPWD -e SHLVL -e _; echo $HOME $TMPDIR",
    );
    const names = ["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "SHIP_SANDBOX", "SSH_CONNECTION", "TMPDIR", "USER"];
    expect(out.trimEnd().split("\n")).toEqual([home, ...names, `${home} ${home}/tmp`]);
  });

  test.each([
    ["exit 0", 0, undefined],
    ["exit 7", 7, undefined],
    ["kill -KILL $$", null, "SIGKILL"],
    ["no-such-program", 127, undefined],
  ])("%s ends as it ended there", async (command, code, signal) => {
    expect(await run(target, command)).toMatchObject({ code, signal });
  });

  test("takes and gives megabytes, unharmed", async () => {
    const bytes = randomBytes(6_000_000);
    const sum = createHash("sha256").update(bytes).digest("hex");
    expect((await run(target, "tee copy | sha256sum | cut -d ' ' -f 1; sha256sum <copy", bytes)).out).toContain(
      `${sum}\n${sum}`,
    );
    expect(
      (await run(target, "head -c 5000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2")).out.length,
    ).toBe(8_000_000);
  });

  test("that reads no input ends all the same", async () => {
    expect(await run(target, "exit 3", randomBytes(4_000_000))).toMatchObject({ code: 3 });
  });

  test("goes on when its connection dies, as under sshd", async () => {
    await connected(target, async (client) => {
      const lost = execute(client, "echo $$ >pid; trap '' PIPE HUP; sleep 1; echo done >witness");
      await until(async () => (await run(target, "test -s pid")).code === 0);
      client.destroy();
      await lost;
    });
    await until(async () => (await run(target, "cat witness")).out === "done\n");
  });

  test("is sent the signals that its client sends", async () => {
    const ended = await connected(
      target,
      (client) =>
        new Promise((resolve, reject) =>
          client.exec("echo on; sleep 30", (error, channel) => {
            if (error !== undefined) return reject(error);
            channel.on("close", (_code: number | null, signal: string) => resolve(signal));
            return channel.once("data", () => channel.signal("TERM"));
          }),
        ),
    );
    expect(ended).toBe("SIGTERM");
  });
});

describe("who may log in", () => {
  test("nobody without the sandbox's key", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const stranger = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    await expect(run({ ...target, keys: [stranger] }, "true")).rejects.toThrow("authentication methods failed");
  });

  test("and nobody takes another server for it", async () => {
    const pinned = [{ type: "ssh-ed25519", key: "AAAA" }];
    await expect(run({ ...target, pinned }, "true")).rejects.toThrow("Host denied");
  });
});

describe("the host's loopback", () => {
  test("leads to its own app only", async () => {
    const other = sandbox.target({ name: "api-02" });
    await put(folder, target, "v407");
    await put(folder, other, "v408");
    await until(async () => (await get(target, "/health").catch(() => undefined))?.body.includes("v407") === true);
    await until(async () => (await get(other, "/health").catch(() => undefined))?.body.includes("v408") === true);
  });

  test("refuses a port where nothing of the host listens, even if the machine does", async () => {
    const busy = connected(target, (client) => forwarded(client, target.port));
    await expect(busy).rejects.toThrow("Channel open failure");
  });
});

test("what happens on a host changes nothing outside its folder", async () => {
  const before = seen();
  await put(folder, target, "v409");
  await run(target, "echo text >~/file; mktemp; cd api && touch here");
  expect(seen()).toEqual(before);
});

/** Every file under the test's folder but those of api-01, with size and time; the other host's app does as it did. */
function seen(): readonly string[] {
  const mine = join(folder, "hosts", "api-01");
  return readdirSync(base, { recursive: true, encoding: "utf8" })
    .map((name) => join(base, name))
    .filter((file) => file !== mine && !file.startsWith(`${mine}/`))
    .map((file) => [file, statSync(file).mtimeMs, statSync(file).size].join(" "))
    .sort();
}
