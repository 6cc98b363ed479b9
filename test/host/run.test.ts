import type { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import { type Answer, blank, type Operation } from "../../src/core/host.ts";
import type { Command, Exit, Transport } from "../../src/core/transport.ts";
import { createHosts } from "../../src/host/perform.ts";

const host: Host = { name: "a", address: "a", port: undefined, user: undefined, labels: {}, cohort: "all" };
const claim = { generation: 1, run: "r", sequence: 1 };
const release = {
  name: "v1-00000000",
  manifest: {
    ...{ component: "api", version: "v1", digest: "", size: 0, activate: "", activateWithin: 1, deactivate: "" },
    ...{ drain: "", drainFor: 0, undrain: "", shared: [], environment: "" },
  },
};

/** Every operation that sends a program: `get` may go by a stream of its own, which answers otherwise. */
const operations: readonly Operation[] = [
  { type: "fence", rollout: "r", expect: "", holder: "", claim },
  { type: "place", release, archive: import.meta.filename, sha256: "", size: 1, env: {}, claim },
  { type: "once", release: release.name, index: 0, run: "x", within: 1_000, claim },
  { type: "arm", rollout: "r", attempt: 1, target: release.name, from: "", lease: 1, claim },
  { type: "drain", attempt: 1, claim },
  { type: "switch", attempt: 1, claim },
  { type: "activate", attempt: 1, claim },
  { type: "undrain", attempt: 1, claim },
  { type: "confirm", rollout: "r", attempt: 1, claim },
  { type: "prove", target: release.name, claim },
  { type: "direct", direction: "rollback", bad: "", claim },
  { type: "revert", attempt: 1, to: "", claim },
  { type: "close", rollout: "r", page: "{}", over: true, keep: 5, claim },
  { type: "observe" },
  { type: "read-page", rollout: "" },
  { type: "read-fleet" },
  {
    type: "check",
    check: { how: { type: "http", url: "http://127.0.0.1/", status: undefined }, within: 1, for: 1, proof: "version" },
    process: { type: "folder" },
  },
  { type: "processes", process: { type: "folder" } },
  { type: "beat", generation: 1, run: "r", text: "x" },
  { type: "steer", text: "x" },
  { type: "lock", text: "x" },
  { type: "execute", run: "x", within: 1_000 },
];

/** How a channel ends without a whole answer; an exit code says nothing of an order that had no answer, 0 least of all. */
const ends: readonly (readonly [string, Exit, Answer["type"]])[] = [
  ["the shell ended with 0", { type: "exited", code: 0 }, "lost"],
  ["the shell ended with 1", { type: "exited", code: 1 }, "lost"],
  ["the shell was killed", { type: "killed", signal: "KILL" }, "lost"],
  ["the connection was lost", { type: "lost", reason: "cut" }, "lost"],
  ["it was never sent", { type: "unsent", cause: "unreachable", reason: "refused" }, "unreachable"],
];

/** What comes before the end: nothing, words of a login script, or an answer that is cut in the middle. */
const outputs = (nonce: string) => [
  "",
  "welcome to this machine\n",
  `\nship ${nonce} begin\nanswer done\ngeneration 1\n`,
  `\nship ${"0".repeat(32)} begin\nanswer done\n\nship ${"0".repeat(32)} end 0\n`,
];

/** Reads the program and no more: what follows it would come only if it asked for that. */
async function nonceOf(stdin: Command["stdin"]): Promise<string> {
  for await (const part of stdin) return /^N='([0-9a-f]{32})'$/m.exec(Buffer.from(part).toString("latin1"))?.[1] ?? "";
  return "";
}

function transportOf(exit: Exit, output: number): Transport<Duplex> {
  return {
    async run(_host, { stdin }) {
      const nonce = await nonceOf(stdin);
      return { exit, stdout: Buffer.from(outputs(nonce)[output] ?? ""), stderr: Buffer.from(""), truncated: false };
    },
    connect: () => Promise.reject(new Error("nothing listens")),
    close: () => Promise.resolve(),
  };
}

describe.each(ends)("without an answer, when %s", (_how, exit, expected) => {
  test("no operation counts as done, as refused or as failed (cell 49)", async () => {
    for (const operation of operations)
      for (const output of [0, 1, 2, 3]) {
        const hosts = createHosts(transportOf(exit, output));
        const answer = await hosts.perform(host, { component: "api", path: "api" }, operation);
        expect(answer.type, `${operation.type} after output ${output}: ${JSON.stringify(answer)}`).toBe(expected);
      }
  });
});

test("a whole answer counts, however the channel ended", async () => {
  const fields = Object.entries({ ...blank, generation: 1, run: "r", sequence: 1 }).map(
    ([key, value]) => `${key} ${value}`,
  );
  for (const [, exit] of ends.slice(1, 4)) {
    const transport: Transport<Duplex> = {
      ...transportOf(exit, 0),
      async run(_host, { stdin }) {
        const nonce = await nonceOf(stdin);
        const text = `\nship ${nonce} begin\nanswer done\n${fields.join("\n")}\n\nship ${nonce} end 0\n`;
        return { exit, stdout: Buffer.from(text), stderr: Buffer.from(""), truncated: false };
      },
    };
    const answer = await createHosts(transport).perform(
      host,
      { component: "api", path: "api" },
      { type: "switch", attempt: 1, claim },
    );
    expect(answer).toMatchObject({ type: "done", record: { run: "r" } });
  }
});
