import { expect, test } from "vitest";
import { isAlive } from "../../../src/ssh/pool/life.ts";

const before = { received: 1000, taken: 50_000 };

test("any byte from the peer is a sign of life", () => {
  expect(isAlive(before, { received: 1001, taken: 50_000 })).toBe(true);
  expect(isAlive(before, { received: 1000, taken: 50_000 })).toBe(false);
});

test("an upload that goes on is one, our own questions are none", () => {
  expect(isAlive(before, { received: 1000, taken: 90_000 })).toBe(true);
  expect(isAlive(before, { received: 1000, taken: 50_160 })).toBe(false);
});
