import { expect, test } from "vitest";
import { inOrder } from "./part.ts";

const files = [
  { name: "a", cells: [1, 2] },
  { name: "b", cells: [2, 3, 4] },
  { name: "c", cells: [4] },
  { name: "d", cells: [1, 5, 6] },
];
const names = (covered: readonly number[], seed: number) => inOrder(files, covered, seed).map(({ name }) => name);

test("first what names most cells that nothing else has shown yet", () => {
  expect(names([3, 4], 1)[0]).toBe("d");
  expect(names([5, 6], 1)[0]).toBe("b");
});

test("among equals as the seed has it, and all of them in the end", () => {
  const every = [1, 2, 3, 4, 5, 6];
  const orders = new Set(Array.from({ length: 20 }, (_, seed) => names(every, seed).join("")));
  expect(orders.size).toBeGreaterThan(3);
  expect([...orders].every((order) => [...order].sort().join("") === "abcd")).toBe(true);
  expect(names(every, 7)).toEqual(names(every, 7));
});
