import { expect, test } from "vitest";
import { exits, ShipError } from "../../src/core/error.ts";

test("every exit code means one thing", () => {
  expect(new Set(Object.values(exits)).size).toBe(Object.keys(exits).length);
});

test("an expected end says what is so, and what to do next where there is something", () => {
  const bare = new ShipError("usage", "Asked wrongly.");
  expect(bare).toMatchObject({ code: "usage", message: "Asked wrongly.", hint: undefined, details: [] });
  expect("cause" in bare).toBe(false);
  const cause = new Error("deep");
  const full = new ShipError("refused", "No.", { hint: "Do.", details: ["a"], cause });
  expect(full).toMatchObject({ hint: "Do.", details: ["a"], cause });
});
