import { describe, expect, test } from "vitest";
import type { HealthCheck, Proof } from "../../src/core/component.ts";
import { judgeHealth, watchHealth } from "../../src/core/health.ts";
import type { Answer } from "../../src/core/host.ts";

const check = (proof: Proof): HealthCheck => ({
  how: { type: "tcp", address: "127.0.0.1", port: 80 },
  within: 10_000,
  for: 2_000,
  proof,
});

const process = { identity: "7.100", startedAt: 0, release: "v408-3f2a9c1b", rss: 1, cpu: 1, restarts: undefined };

function answer(change: Partial<Extract<Answer, { type: "health" }>> = {}): Answer {
  return { type: "health", healthy: true, detail: "answered 200", body: "", process, ...change };
}

const expected = { release: "v408-3f2a9c1b", not: "6.50" };
const judged = (proof: Proof, given: Answer, what = expected) => judgeHealth(check(proof), given, what);

describe("anything but a proven answer is no", () => {
  test("no answer is not healthy, whatever was asked", () => {
    expect(judged("none", { type: "lost", reason: "cut" })).toEqual({ healthy: false, detail: "cut" });
    expect(judged("none", { type: "running" })).toEqual({ healthy: false, detail: "running" });
    expect(judged("none", answer({ healthy: false, detail: "503" }))).toEqual({ healthy: false, detail: "503" });
  });

  test("none asks for nothing more", () => {
    expect(judged("none", answer()).healthy).toBe(true);
  });

  test.each([
    ['{"version":"v408"}', true],
    ["this is v408.", true],
    ["v4080", false],
    ["v40", false],
    ["", false],
  ])("version: %s", (body, healthy) => {
    expect(judged("version", answer({ body })).healthy).toBe(healthy);
  });

  test("a release without a version is never named", () => {
    const found = judged("version", answer({ body: "{}" }), { ...expected, release: "by-hand" });
    expect(found).toEqual({
      healthy: false,
      detail: "answered 200, but the answer does not name a version: another process may be answering",
    });
  });

  test("folder", () => {
    expect(judged("folder", answer()).healthy).toBe(true);
    const old = { ...process, release: "v407-00000000" };
    expect(judged("folder", answer({ process: old })).detail).toContain("runs from v407-00000000, not from v408");
    expect(judged("folder", answer({ process: undefined })).detail).toContain("runs from another folder");
  });

  test("process: another identity than before, and clocks do not matter", () => {
    expect(judged("process", answer()).healthy).toBe(true);
    expect(judged("process", answer(), { ...expected, not: process.identity }).detail).toContain("ran before");
    expect(judged("process", answer({ process: undefined })).detail).toContain("cannot be seen");
  });
});

describe("watching", () => {
  const start = { startedAt: 0, wellSince: undefined };
  const watched = (steps: readonly (readonly [number, boolean])[]) =>
    steps.reduce<ReturnType<typeof watchHealth>>(
      (before, [at, healthy]) => watchHealth(before.watch, check("none"), healthy, at),
      { watch: start, verdict: "wait" },
    ).verdict;

  test("healthy after `for` without a break (cell 60)", () => {
    expect(
      watched([
        [0, true],
        [1_999, true],
      ]),
    ).toBe("wait");
    expect(
      watched([
        [0, true],
        [2_000, true],
      ]),
    ).toBe("healthy");
    expect(
      watched([
        [0, true],
        [1_000, false],
        [2_000, true],
      ]),
    ).toBe("wait");
  });

  test("unhealthy when it did not come by `within` (cell 60)", () => {
    expect(watched([[9_999, false]])).toBe("wait");
    expect(watched([[10_000, false]])).toBe("unhealthy");
    expect(
      watched([
        [9_999, true],
        [11_000, false],
      ]),
    ).toBe("wait");
    expect(
      watched([
        [9_999, true],
        [12_000, false],
      ]),
    ).toBe("unhealthy");
    expect(watched([[12_500, true]])).toBe("unhealthy");
  });
});
