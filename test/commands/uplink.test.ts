import { expect, test } from "vitest";
import { lanesOf } from "../../src/commands/uplink.ts";

const ssh = { user: undefined, concurrency: 64, transport: "auto" } as const;

test("as many hosts get their bytes at once as are spoken to, and under a cap as few as have 80 kB a second each", () => {
  expect(lanesOf(ssh)).toBe(64);
  expect(lanesOf({ ...ssh, bandwidth: 10_000_000 })).toBe(64);
  expect(lanesOf({ ...ssh, bandwidth: 1_000_000 })).toBe(12);
  expect(lanesOf({ ...ssh, bandwidth: 102_400 })).toBe(1);
  expect(lanesOf({ ...ssh, bandwidth: 50_000 })).toBe(1);
});
