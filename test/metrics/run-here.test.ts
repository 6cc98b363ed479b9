import { expect, test } from "vitest";
import type { Reach } from "../../src/metrics/provider.ts";
import { runHere } from "../../src/metrics/run-here.ts";

const reach: Reach = {
  host: { name: "a", address: "a", port: undefined, user: undefined, labels: {}, cohort: "all" },
  component: "api",
  root: import.meta.dirname,
  every: 1000,
  now: () => 0,
  look: async () => ({ type: "running" }),
};

test("a program that takes too long is ended with what it started, and its output is not waited for", async () => {
  const found = await runHere("sleep 600 & echo $!; sleep 600", 300, reach);
  expect(found).toMatchObject({
    type: "missing",
    cause: "provider-error",
    detail: "the program took longer than 0.3s",
  });
});

test("a program that prints without end is stopped", async () => {
  const found = await runHere("yes", 60_000, reach);
  expect(found).toMatchObject({ type: "missing", detail: expect.stringContaining("printed more than") });
});
