import { createServer } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import type { Command, Ran, Transport } from "../../src/core/transport.ts";
import type { Target } from "../../src/ssh/target.ts";
import { openSsh, type SshSettings } from "../../src/ssh/transport.ts";
import { type By, bySystem } from "./by-system.ts";
import { makeKeyPair, pin } from "./keys.ts";
import { listen } from "./server.ts";

/** Something to connect to, and faults to inject into it. */
export type Subject = {
  readonly host: Host;
  readonly target: Target;
  /** Ends the open connections, as a network would. */
  cut(): void;
  /** The peer no longer answers, while its TCP connections stay. */
  freeze(): void;
  thaw(): void;
  /** Is told of each port where something listens for the host, where that is not simply this machine's. */
  listens?(port: number): void;
  stop(): Promise<void>;
};

/** A port where nothing listens, and that is given to nobody. */
const closedPort = 2;

/** What every transport promises, by each way to log in, on the subject that `setUp` starts. */
export function conforms(name: string, by: By, setUp: () => Promise<Subject>): void {
  describe(`${by} to ${name}`, () => {
    const system = bySystem();
    const way = (target: Target) => (by === "openssh" ? system.take(target) : target);
    let subject: Subject;
    const opened: Transport<Duplex>[] = [];
    beforeAll(async () => {
      subject = await setUp();
    });
    afterAll(async () => {
      await Promise.all(opened.map((transport) => transport.close()));
      await subject.stop();
      system.end();
    });

    function open(change: Partial<Target> = {}, settings: Partial<SshSettings> = {}): Transport<Duplex> {
      const resolve = async () => way({ ...subject.target, ...change });
      const transport = openSsh({ resolve, concurrency: 8, ...settings });
      opened.push(transport);
      return transport;
    }
    const run = (transport: Transport<Duplex>, line: string, more: Partial<Command> = {}) =>
      transport.run(subject.host, { line, stdin: [], within: 30_000, cap: 1_000_000, ...more });

    /** A command that has begun, and goes on until something ends it. */
    async function begin(transport: Transport<Duplex>): Promise<{ readonly ended: Promise<Ran> }> {
      let begun: () => void = () => undefined;
      const running = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const ended = run(transport, "echo begun; sleep 60", { onStdout: () => begun() });
      await Promise.race([running, ended]);
      return { ended };
    }

    test("an exit code is told as it is", async () => {
      const transport = open();
      expect((await run(transport, "true")).exit).toEqual({ type: "exited", code: 0 });
      expect((await run(transport, "exit 7")).exit).toEqual({ type: "exited", code: 7 });
    });

    test("the answer is whole, on both streams, and stdin arrives", async () => {
      const ran = await run(open(), "cat; echo complaint >&2", { stdin: [Buffer.from("a"), Buffer.from("b\n")] });
      expect(texts(ran)).toEqual(["ab\n", "complaint\n"]);
      expect(ran.truncated).toBe(false);
    });

    test("what a command writes is told while it still waits for its input", async () => {
      let answer: (heard: string) => void = () => undefined;
      const heard = new Promise<string>((resolve) => {
        answer = resolve;
      });
      async function* stdin() {
        yield Buffer.from(`${(await heard).trim()}, heard\n`);
      }
      const onStdout = (part: Uint8Array) => answer(Buffer.from(part).toString());
      const ran = await run(open(), "echo ready; cat", { stdin: stdin(), onStdout });
      expect([ran.exit, texts(ran)[0]]).toEqual([{ type: "exited", code: 0 }, "ready\nready, heard\n"]);
    });

    test("an answer in one packet with its exit is not missed", async () => {
      const transport = open();
      const rans = await Promise.all(Array.from({ length: 40 }, (_, i) => run(transport, `echo ${i}`)));
      expect(rans.map((ran) => texts(ran)[0])).toEqual(Array.from({ length: 40 }, (_, i) => `${i}\n`));
      expect(rans.every((ran) => ran.exit.type === "exited")).toBe(true);
    });

    test("a signal is not an exit code (pitfall 3)", async () => {
      expect((await run(open(), "kill -KILL $$")).exit).toEqual({ type: "killed", signal: "SIGKILL" });
    });

    test("S17: five megabytes on each stream end, and are capped (cell 56) (pitfalls 4, 5)", async () => {
      const line = "head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2; echo last >&2; exit 3";
      const ran = await run(open(), line, { cap: 1000 });
      expect(ran.exit).toEqual({ type: "exited", code: 3 });
      expect([ran.stdout.length, ran.truncated]).toEqual([1000, true]);
      expect(texts(ran)[1]).toMatch(/last\n$/);
      expect(ran.stderr.length).toBe(65_536);
    });

    test("eight megabytes of stdin arrive", async () => {
      const stdin = Array.from({ length: 8 }, () => new Uint8Array(1_000_000));
      const ran = await run(open(), "wc -c", { stdin });
      expect(texts(ran)[0].trim()).toBe("8000000");
    });

    test("a command that ends before its stdin does is not waited for (pitfall 10)", async () => {
      const source = endless(8);
      const ran = await run(open(), "head -c 10 >/dev/null; exit 5", { stdin: source });
      expect(ran.exit).toEqual({ type: "exited", code: 5 });
      await expect.poll(() => source.told).toBe(true);
    });

    test("stdin that fails halfway never looks like its end", async () => {
      function* failing(): Generator<Uint8Array> {
        yield Buffer.from("half of a program");
        throw new Error("the disk is gone");
      }
      const ran = await run(open(), "cat", { stdin: failing() });
      expect(ran.exit).toEqual({ type: "lost", reason: "what was to be sent could not be read: the disk is gone" });
    });

    test("fifteen at once all run, though a connection takes ten (cell 22) (pitfall 11)", async () => {
      const transport = open();
      const rans = await Promise.all(Array.from({ length: 15 }, () => run(transport, "sleep 0.2; exit 4")));
      expect(rans.map((ran) => ran.exit)).toEqual(Array.from({ length: 15 }, () => ({ type: "exited", code: 4 })));
    });

    test("a child that keeps stdout open does not hold the answer up (cell 57)", async () => {
      const ran = await run(open(), "sleep 60 & echo started", { within: 20_000 });
      expect(ran.exit).toEqual({ type: "exited", code: 0 });
      expect(texts(ran)[0]).toBe("started\n");
    });

    test("a command that does not end in time is lost (pitfall 6)", async () => {
      const ran = await run(open(), "echo begun; sleep 60", { within: 1500 });
      expect(ran.exit).toEqual({ type: "lost", reason: "no end within 1.5 s" });
      expect(texts(ran)[0]).toBe("begun\n");
    });

    test("a connection that breaks is lost, not ended, and the next run connects anew (pitfall 2)", async () => {
      const transport = open();
      expect((await run(transport, "true")).exit.type).toBe("exited");
      const running = await begin(transport);
      subject.cut();
      expect((await running.ended).exit.type).toBe("lost");
      expect((await run(transport, "exit 6")).exit).toEqual({ type: "exited", code: 6 });
    });

    test("a peer that falls silent is lost (pitfall 6)", async () => {
      const transport = open({}, { keepalive: { every: 300, times: 3 } });
      await run(transport, "true");
      const running = await begin(transport);
      subject.freeze();
      const { exit } = await running.ended;
      subject.thaw();
      subject.cut();
      expect(exit.type).toBe("lost");
      expect(exit).toMatchObject({ reason: expect.stringContaining("no sign of life") });
    });

    test("where nothing listens, nothing was sent", async () => {
      const { exit } = await run(open({ address: "127.0.0.1", port: closedPort }), "true");
      expect(exit).toMatchObject({ type: "unsent", cause: "unreachable" });
      expect(exit).toMatchObject({ reason: expect.stringContaining("nothing listens there") });
    });

    test("where no connection comes about in time, nothing was sent (pitfalls 6, 28)", async () => {
      const silent = createServer();
      const port = await listen(silent);
      const { exit } = await run(open({ address: "127.0.0.1", port }, { connectWithin: 300 }), "true");
      silent.close();
      expect(exit).toMatchObject({ type: "unsent", cause: "unreachable" });
      expect(exit).toMatchObject({ reason: expect.stringContaining("within 0.3 s") });
    });

    test("S5: an unknown host key: nothing was sent, and the fingerprint is told (cell 18) (pitfall 1)", async () => {
      const { exit } = await run(open({ pinned: [] }), "true");
      expect(exit).toMatchObject({ type: "unsent", cause: "host-key" });
      expect(exit).toMatchObject({
        reason: expect.stringMatching(/no host key is known .* SHA256:\S{43}.*ship doctor --trust/),
      });
    });

    test("S1: a changed host key: nothing was sent, and both fingerprints are told (cell 18)", async () => {
      const { exit } = await run(open({ pinned: [pin(makeKeyPair().public)] }), "true");
      expect(exit).toMatchObject({ type: "unsent", cause: "host-key" });
      expect(exit).toMatchObject({ reason: expect.stringMatching(/changed: known is .*SHA256:.*shown is .*SHA256:/) });
    });

    test("S3: a revoked host key: nothing was sent, though it is pinned too (cell 18)", async () => {
      const pinned = [...subject.target.pinned, ...subject.target.pinned.map((key) => ({ ...key, revoked: true }))];
      const { exit } = await run(open({ pinned }), "true");
      expect(exit).toMatchObject({ type: "unsent", cause: "host-key" });
      expect(exit).toMatchObject({ reason: expect.stringContaining("@revoked") });
    });

    test("S4: a host key of another type than the known one: nothing was sent (cell 18)", async () => {
      const pinned = [pin(ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).public)];
      const { exit } = await run(open({ pinned }), "true");
      expect(exit).toMatchObject({ type: "unsent", cause: "host-key" });
      expect(exit).toMatchObject({ reason: expect.stringContaining("ecdsa-sha2-nistp256") });
    });

    test("a key that the host does not know: nothing was sent, and what was tried is told", async () => {
      const { exit } = await run(
        open({ keys: [makeKeyPair().private], notes: ["~/.ssh/id_rsa has a passphrase"] }),
        "true",
      );
      expect(exit).toMatchObject({ type: "unsent", cause: "auth" });
      expect(exit).toMatchObject({
        reason: expect.stringMatching(/tried 1 key file and no agent; .*has a passphrase/),
      });
    });

    test("a host that cannot be looked up is a value, not a rejection", async () => {
      const resolve = () => Promise.reject(new Error("no such thing"));
      const { exit } = await run(open({}, { resolve }), "true");
      expect(exit).toEqual({ type: "unsent", cause: "unreachable", reason: "no such thing" });
    });

    test("connects to what listens on the host, and ends when that ends", async () => {
      const greeter = createServer((socket) => socket.end("hello"));
      const port = await listen(greeter);
      subject.listens?.(port);
      const stream = await open().connect(subject.host, { address: "127.0.0.1", port });
      expect(String(await buffer(stream))).toBe("hello");
      greeter.close();
    });

    test("connecting to a closed port rejects with its reason", async () => {
      const connecting = open().connect(subject.host, { address: "127.0.0.1", port: closedPort });
      await expect(connecting).rejects.toThrow(`nothing answers at 127.0.0.1:${closedPort} on the host`);
      await expect(connecting).rejects.not.toHaveProperty("code");
    });

    test("a stream whose connection breaks errors, so that a cut answer is no whole one", async () => {
      const half = createServer((socket) => void socket.on("error", () => undefined).write("half"));
      const port = await listen(half);
      subject.listens?.(port);
      const stream = await open().connect(subject.host, { address: "127.0.0.1", port });
      stream.once("data", () => subject.cut());
      await expect(buffer(stream)).rejects.toHaveProperty("code", "EHOSTUNREACH");
      half.close();
    });

    test("after close nothing is sent, and what ran is lost", async () => {
      const transport = open();
      await run(transport, "true");
      const running = await begin(transport);
      await transport.close();
      expect((await running.ended).exit.type).toBe("lost");
      expect((await run(transport, "true")).exit).toMatchObject({ type: "unsent", cause: "unreachable" });
    });
  });
}

/** So many megabytes, and then nothing more and no end; `told` once nobody wants any. */
function endless(megabytes: number): AsyncIterable<Uint8Array> & { readonly told: boolean } {
  let told = false;
  let given = 0;
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    given += 1;
    if (given > megabytes) await new Promise(() => undefined);
    return { done: false, value: new Uint8Array(1_000_000) };
  };
  const stop = async (): Promise<IteratorResult<Uint8Array>> => {
    told = true;
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]: () => ({ next, return: stop }),
    get told() {
      return told;
    },
  };
}

function texts(ran: Ran): [string, string] {
  return [Buffer.from(ran.stdout).toString(), Buffer.from(ran.stderr).toString()];
}
