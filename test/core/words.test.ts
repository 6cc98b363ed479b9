import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, chanceText, duration, foldHosts, folds, grouped, number, sparkline } from "../../src/core/words.ts";

/** What the config makes of a folded list, written independently of how it is folded. */
function expand(text: string): string[] {
  return text === "" ? [] : text.split(", ").flatMap(expandOne);
}

function expandOne(text: string): string[] {
  const match = /^(.*)\[(.*)\](.*)$/.exec(text);
  if (match === null) return [text];
  const [, before = "", inside = "", after = ""] = match;
  return inside.split(",").flatMap((part) => counted(part).map((digits) => `${before}${digits}${after}`));
}

function counted(part: string): string[] {
  const [from = "", to = from] = part.split("-");
  const width = from.startsWith("0") ? from.length : 0;
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => String(Number(from) + i).padStart(width, "0"));
}

describe("foldHosts", () => {
  test.each([
    [[], ""],
    [["api-01"], "api-01"],
    [["api-04", "api-01", "api-02", "api-03", "api-07"], "api-[01-04,07]"],
    [["api-01.example.com", "api-02.example.com"], "api-[01-02].example.com"],
    [["a8", "a9", "a10", "a11"], "a[8-11]"],
    [["a08", "a09", "a10"], "a[08-10]"],
    [["a98", "a99", "a100"], "a[98-100]"],
    [["a098", "a099", "a100"], "a[098-100]"],
    [["a9", "a09", "a10"], "a[9,09-10]"],
    [["10.0.0.5", "10.0.0.6", "10.0.0.7"], "10.0.0.[5-7]"],
    [["web1.eu2", "web2.eu2", "web3.eu2"], "web[1-3].eu2"],
    [["web", "db", "web"], "db, web"],
    [["api-01", "db-1", "api-02"], "api-[01-02], db-1"],
  ])("%j is %s", (names, text) => {
    expect(foldHosts(names)).toBe(text);
  });

  test("a thousand hosts are one word", () => {
    expect(foldHosts(Array.from({ length: 1000 }, (_, i) => `api-${String(i).padStart(4, "0")}`))).toBe(
      "api-[0000-0999]",
    );
  });

  test("property: unfolded, it is the same set, and the counts add up", () => {
    const label = fc.tuple(fc.constantFrom("api-", "db", "", "x1-"), fc.stringMatching(/^\d{1,4}$/));
    const name = fc.oneof(
      fc.tuple(label, fc.constantFrom("", ".eu1", ".eu2.example.com")).map(([[a, b], c]) => `${a}${b}${c}`),
      fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,12}$/),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (names) => {
        expect(new Set(expand(foldHosts(names)))).toEqual(new Set(names));
        expect(expand(foldHosts(names)).length).toBe(new Set(names).size);
        expect(folds(names).reduce((sum, fold) => sum + fold.count, 0)).toBe(new Set(names).size);
      }),
      { numRuns: 500 },
    );
  });

  test("a large fleet with gaps is one long range, made once: as often as it has hosts it would be gigabytes", () => {
    const odd = Array.from({ length: 40_000 }, (_, at) => 2 * at + 1);
    expect(foldHosts(odd.map((at) => `api-${at}.example.com`))).toBe(`api-[${odd.join(",")}].example.com`);
  });
});

test("duration", () => {
  const given = [
    0,
    340,
    999,
    1000,
    2140,
    9960,
    42_000,
    60_000,
    90_000,
    3_600_000,
    7_500_000,
    273_600_000,
    -5,
    Number.NaN,
  ];
  expect(given.map(duration)).toEqual([
    "0 s",
    "340 ms",
    "999 ms",
    "1 s",
    "2.1 s",
    "10 s",
    "42 s",
    "1 m",
    "1 m 30 s",
    "1 h",
    "2 h 5 m",
    "3 d 4 h",
    "0 s",
    "?",
  ]);
});

test("number", () => {
  const given = [43.12, 0.0031234, 0, 1234.5, 99.96, 12_345_678, 5e9, -2.5, 1e-7, undefined, Number.POSITIVE_INFINITY];
  expect(given.map((value) => number(value))).toEqual([
    "43.1",
    "0.00312",
    "0",
    "1235",
    "100",
    "12.3M",
    "5G",
    "-2.5",
    "1e-7",
    "no data",
    "Infinity",
  ]);
  expect(number(49.996, 5)).toBe("49.996");
});

test("sparkline", () => {
  expect(sparkline([1, 2, undefined, 4, 8, Number.NaN])).toBe("▁▂·▄█·");
  expect(sparkline([5, 5])).toBe("▄▄");
  expect(sparkline([])).toBe("");
  expect(sparkline([undefined])).toBe("·");
  expect(
    sparkline(
      Array.from({ length: 100 }, (_, i) => i),
      8,
    ),
  ).toBe("▁▂▃▄▅▆▇█");
});

test("bytes", () => {
  expect([0, 812, 1434, 12 * 2 ** 20, 3 * 2 ** 50].map(bytes)).toEqual(["0 B", "812 B", "1.4 KB", "12 MB", "3072 TB"]);
});

test("grouped", () => {
  expect([...grouped(["ab", "b", "ac"], (word) => word.charAt(0))]).toEqual([
    ["a", ["ab", "ac"]],
    ["b", ["b"]],
  ]);
});

test("a chance is said as people say it", () => {
  expect([0.5, 0.02, 1 / 4200, 1e-12].map(chanceText)).toEqual([
    "50% of the time",
    "once in 50 times",
    "once in 4,200 times",
    "less than once in a billion times",
  ]);
});
