import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect as connectTo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ran } from "../../src/core/transport.ts";
import { openSsh, type SshSettings } from "../../src/ssh/transport.ts";
import { type Rig, type RigHost, startOpenSsh } from "../e2e/openssh.ts";
import { freePort, hasOpenSsh } from "../e2e/openssh-server.ts";
import { random } from "../random.ts";
import { type Counts, type Gates, type Limit, openGates } from "./gates.ts";
import { until } from "./until.ts";

const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);
/** SHIP_ALL=1 cuts after every byte. */
const stride = process.env["SHIP_ALL"] === "1" ? 1 : 23;
const listen = "127.0.0.1";
/** What closing a session and a connection takes at most, bytes. */
const farewell = 200;

/** What ship's connections meet at a real sshd, byte by byte. */
describe.runIf(hasOpenSsh())(`ssh2 to OpenSSH through a gate (SHIP_SEED=${seed})`, () => {
  let rig: Rig;
  let gates: Gates;
  let port = 0;
  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 1 });
    port = await freePort();
    const { address, port: to } = host();
    gates = openGates({ listen, from: port, targets: [{ name: "h", address, port: to }] });
  });
  afterAll(async () => {
    gates.close();
    await rig.stop();
  });

  function host(): RigHost {
    const [found] = rig.hosts;
    if (found === undefined) throw new Error("a rig of one host has one");
    return found;
  }
  const open = (more: Partial<Pick<SshSettings, "connectWithin" | "patience">> = {}) =>
    openSsh({
      resolve: async (one) => ({ ...(await rig.resolve(one)), address: listen, port }),
      concurrency: 8,
      ...more,
    });
  const command = (line: string) => ({ line, stdin: [], within: 5000, cap: 10_000 });
  const limit = (given: Limit | null) => gates.respond({ type: "limit", name: "h", limit: given });
  const counts = () => gates.respond({ type: "count", name: "h" });
  const mark = (name: string) => join(host().home, name);

  test.each([
    ["never sends its banner", 0],
    ["stops in the key exchange", 60],
  ])("a server that %s is given up in time, and nothing was sent (cell 19)", async (_, bytes) => {
    const before = counts().limited;
    limit({ way: "down", bytes, by: "silence" });
    const ssh = open({ connectWithin: 1000 });
    const { exit } = await ssh.run(host().host, command("touch stalled"));
    await ssh.close();
    limit(null);
    expect(counts().limited).toBeGreaterThan(before);
    expect(exit).toMatchObject({ type: "unsent", cause: "unreachable", reason: expect.stringMatching(/within 1 s/) });
    expect(existsSync(mark("stalled"))).toBe(false);
    await until("no socket is left", () => counts().open === 0);
  });

  test("by itself, and not asked, it waits no longer than fifteen seconds (cell 19)", async () => {
    limit({ way: "down", bytes: 0, by: "silence" });
    const ssh = open();
    const { exit } = await ssh.run(host().host, { ...command("true"), within: 60_000 });
    await ssh.close();
    limit(null);
    expect(exit).toMatchObject({ type: "unsent", reason: expect.stringMatching(/within 15 s/) });
  });

  test.each(["reset", "end"] as const)(
    "a conversation that a %s cuts after any byte: what is said to be unsent did not happen (cell 21)",
    async (by) => {
      const sizes = await sizesOf();
      const seen = { unsent: 0, lost: 0, exited: 0 };
      const unsent: string[] = [];
      for (const cut of cuts(sizes, by)) {
        const name = `${by}-${cut.way}-${cut.bytes}`;
        const before = counts().limited;
        limit(cut);
        const { exit, stdout } = await once(`touch ${name}; echo whole`);
        // How much is said in farewell differs from time to time: what was over before the cut was not cut, and does not count.
        if (counts().limited === before && exit.type === "exited" && cut.bytes > sizes[cut.way] - farewell) continue;
        expect(counts().limited, name).toBeGreaterThan(before);
        expect(["unsent", "lost", "exited"], name).toContain(exit.type);
        seen[exit.type === "unsent" || exit.type === "exited" ? exit.type : "lost"] += 1;
        if (exit.type === "unsent") unsent.push(name);
        if (exit.type === "exited") {
          expect([exit.code, String(Buffer.from(stdout)), existsSync(mark(name))], name).toEqual([0, "whole\n", true]);
        }
      }
      limit(null);
      await until("no socket is left", () => counts().open === 0);
      await until("no session is left", () => rig.sessions(host()).length === 0);
      expect(unsent.filter((name) => existsSync(mark(name)))).toEqual([]);
      expect(Math.min(seen.unsent, seen.lost)).toBeGreaterThan(0);
    },
  );

  /** How many bytes one login with one command has on each way. */
  async function sizesOf(): Promise<Counts["seen"]> {
    limit(null);
    expect((await once("touch measured; echo whole")).exit).toEqual({ type: "exited", code: 0 });
    return counts().seen;
  }

  function cuts(sizes: Counts["seen"], by: Limit["by"]): readonly Limit[] {
    const draw = random(seed);
    return (["up", "down"] as const).flatMap((way) => {
      const first = Math.floor(draw() * stride);
      const count = Math.ceil((sizes[way] - first) / stride);
      return Array.from({ length: count }, (_, index) => ({ way, bytes: first + index * stride, by }));
    });
  }

  async function once(line: string): Promise<Ran> {
    // Tried once more only: each early cut would be tried eight times, with ever longer pauses.
    const ssh = open({ connectWithin: 700, patience: { tries: 2, pause: 300 } });
    const ran = await ssh.run(host().host, { ...command(line), within: 1500 });
    await ssh.close();
    return ran;
  }
});

/** sshd's own limits, one test each, with fewer places than ship would take. */
describe.runIf(hasOpenSsh())("an sshd with little room", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 1 });
    const config = join(rig.root, "sshd_config");
    const usual = readFileSync(config, "utf8").replace(/^(MaxStartups|LogLevel) .*$/gm, "");
    writeFileSync(config, `MaxSessions 3\nMaxStartups 1:100:1\nLogLevel VERBOSE\n${usual}`);
    await rig.stopHost(only());
    await rig.startHost(only());
  });
  afterAll(() => rig.stop());

  function only(): RigHost {
    const [found] = rig.hosts;
    if (found === undefined) throw new Error("a rig of one host has one");
    return found;
  }
  const log = () => readFileSync(join(rig.root, "keys", `${only().name}.log`), "utf8");
  const command = (line: string) => ({ line, stdin: [], within: 20_000, cap: 1000 });

  test("allows three sessions: ten commands at once all run, some of them later (cell 22)", async () => {
    const ssh = openSsh({ resolve: rig.resolve, concurrency: 4 });
    const rans = await Promise.all(
      Array.from({ length: 10 }, (_, code) => ssh.run(only().host, command(`sleep 0.3; exit ${code}`))),
    );
    await ssh.close();
    expect(rans.map(({ exit }) => exit)).toEqual(rans.map((_, code) => ({ type: "exited", code })));
    expect(log()).toContain("no more sessions");
  });

  test("allows one login at a time: one that is turned away is tried again a moment later (cell 22)", async () => {
    const other = connectTo({ host: only().address, port: only().port });
    await new Promise((resolve) => other.once("data", resolve));
    const ssh = openSsh({ resolve: rig.resolve, concurrency: 1 });
    const running = ssh.run(only().host, command("exit 5"));
    await until("a login is turned away", () => log().includes("drop connection"));
    other.destroy();
    expect((await running).exit).toEqual({ type: "exited", code: 5 });
    await ssh.close();
  });
});
