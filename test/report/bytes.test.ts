import { describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { bytesLines, bytesNarrator, cameText, sentText } from "../../src/report/bytes.ts";
import { deliveryText } from "../../src/report/delivery.ts";

type Sent = Extract<Event, { type: "bytes.sent" }>;
type Placed = Extract<Event, { type: "host.placed" }>;

const start = Date.UTC(2026, 10, 22);
const stamp = (seconds: number) => ({ time: new Date(start + 1000 * seconds).toISOString(), seq: 1 });

function sent(seconds: number, change: Partial<Sent> = {}): Sent {
  const counts = { sent: 1024 ** 2 * seconds, size: 1024 ** 2, placing: 4, placed: seconds, hosts: 40 };
  return { type: "bytes.sent", stage: "all", ...counts, ...stamp(seconds), ...change };
}

function placed(host: string, change: object): Placed {
  return { type: "host.placed", host, release: "v1-00000000", bytes: 2048, from: "here", ...stamp(1), ...change };
}

test("how a host's bytes came is told in a few words", () => {
  const texts = [
    placed("a", {}),
    placed("a", { instead: "curl ended with code 7: \u001b[31mno" }),
    placed("a", { from: "url" }),
    placed("a", { from: "relay", relay: "b\u0007" }),
    placed("a", { from: "relay" }),
    placed("a", { from: "there", bytes: 0 }),
    placed("a", { from: "kept", bytes: 0 }),
  ].map(cameText);
  expect(texts).toMatchInlineSnapshot(`
    [
      "2.0 KB sent from here",
      "2.0 KB sent from here, as it could not fetch them: curl ended with code 7: \\x1b[31mno",
      "2.0 KB fetched by itself",
      "2.0 KB passed on by b\\x07",
      "2.0 KB passed on by another host",
      "which was there already",
      "from an archive that had come before",
    ]
  `);
});

test("how far a stage's bytes are is told in one line", () => {
  expect(sentText(sent(12))).toBe("12 MB sent, 12 of 40 hosts have their bytes, 4 on their way");
  expect(sentText(sent(1, { placing: 1, hosts: 1 }))).toBe("1.0 MB sent, 1 of 1 host has its bytes, 1 on its way");
  expect(sentText(sent(40, { placing: 0 }))).toBe("40 MB sent, 40 of 40 hosts have their bytes");
});

describe("a log", () => {
  test("has a line every ten seconds of what takes long, and none of what is over before", () => {
    const narrate = bytesNarrator();
    const lines = Array.from({ length: 40 }, (_, index) => narrate(sent(index + 1)));
    expect(lines.flatMap((line, index) => (line === undefined ? [] : [index + 1]))).toEqual([11, 21, 31]);
    expect(lines[10]).toBe("all  bytes  11 MB sent, 11 of 40 hosts have their bytes, 4 on their way");
    expect(narrate(sent(41, { stage: "next" }))).toBeUndefined();
  });

  test("says once of each reason that hosts could not fetch their bytes", () => {
    const narrate = bytesNarrator();
    const told = ["code 7: port 8080", "code 7: port 8081", "no curl"].map((instead) =>
      narrate(placed("a", { instead })),
    );
    expect(told.map((line) => line !== undefined)).toEqual([true, false, true]);
    expect(narrate(placed("a", {}))).toBeUndefined();
    expect(narrate({ type: "host.placed", host: "a", release: "r", bytes: 1, ...stamp(1) })).toBeUndefined();
    expect(narrate({ type: "host.fenced", host: "a", release: "r", ...stamp(1) })).toBeUndefined();
  });
});

test("the live view has a bar while hosts lack theirs", () => {
  expect(bytesLines(undefined)).toEqual([]);
  expect(bytesLines(sent(40))).toEqual([]);
  expect(bytesLines(sent(10))).toEqual([
    `bytes ${"━".repeat(5)}${"─".repeat(15)}  10 MB sent, 10 of 40 hosts have their bytes, 4 on their way`,
  ]);
});

test("a plan says how they will come", () => {
  const none = { size: 12 * 1024 ** 2, here: 0, fetched: 0, passed: 0, there: 0 };
  expect(deliveryText({ ...none, here: 3, passed: 97 })).toBe("12 MB each: sent from here to 3 hosts, passed on to 97");
  expect(deliveryText({ ...none, fetched: 1, there: 2 })).toBe(
    "12 MB each: fetched by 1 host, there already on 2 hosts",
  );
});
