import fc from "fast-check";
import { expect, test } from "vitest";
import { hostsInRange } from "../../src/config/host-range.ts";

test.each([
  ["api-01.example.com", ["api-01.example.com"]],
  [
    "api-[02-04,07].example.com",
    ["api-02.example.com", "api-03.example.com", "api-04.example.com", "api-07.example.com"],
  ],
  ["api-[8-11]", ["api-8", "api-9", "api-10", "api-11"]],
  ["api-[08-11]", ["api-08", "api-09", "api-10", "api-11"]],
  ["api-[098-101]", ["api-098", "api-099", "api-100", "api-101"]],
  ["api-[3]", ["api-3"]],
  ["[1-2]-[a]", undefined],
  ["r[1-2]-n[01-02]", ["r1-n01", "r1-n02", "r2-n01", "r2-n02"]],
  ["10.0.0.[1-2]", ["10.0.0.1", "10.0.0.2"]],
])("%s", (text, hosts) => {
  const found = hostsInRange(text);
  expect("message" in found ? undefined : found).toEqual(hosts);
});

test.each([
  "",
  "-rf",
  "a b",
  "a{1,2}",
  "a$(x)",
  "a/b",
  "../x",
  "a..b",
  "a-[2-1]",
  "a-[1",
  "a]",
  "a,b",
  "a-[]",
  "a-[1-]",
  "a-[00-100]",
  "a-[8-011]",
  "a[1-9999][1-99]",
  "a.",
])("%j is refused", (text) => expect(hostsInRange(text)).toHaveProperty("message"));

test("a range has as many hosts as it says, all different, each within it", () => {
  const bound = fc.integer({ min: 0, max: 5000 });
  fc.assert(
    fc.property(bound, fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 6 }), (first, more, width) => {
      const last = String(first + more);
      const digits = width < 4 ? 0 : Math.max(width, last.length);
      const written = String(first).padStart(digits, "0");
      const found = hostsInRange(`a${"["}${written}-${last.padStart(digits, "0")}].x`);
      const numbers = "message" in found ? [] : found.map((host) => Number(host.slice(1, -2)));
      expect(numbers).toEqual(Array.from({ length: more + 1 }, (_, index) => first + index));
      if (!("message" in found)) expect(found[0]).toBe(`a${written}.x`);
    }),
  );
});

test("whatever is written, what comes out is a plain host's name", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20, unit: fc.constantFrom(..."ab01-.,[]{}$ \n/".split("")) }), (text) => {
      const found = hostsInRange(text);
      if (!("message" in found)) for (const host of found) expect(host).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
    }),
    { numRuns: 500 },
  );
});
