import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fits, parsePattern } from "../../src/metrics/pattern.ts";

const matches = (text: string, value: string): boolean | string => {
  const pattern = parsePattern(text);
  return typeof pattern === "string" ? pattern : fits(pattern, value);
};

describe("patterns", () => {
  test.each([
    ["5..", "503", true],
    ["5..", "5030", false],
    ["5..", "1503", false],
    ["", "", true],
    ["", "a", false],
    ["4..|5..", "404", true],
    ["(4|5)\\d{2}", "404", true],
    ["(4|5)\\d{2}", "4040", false],
    ["(?:GET|PUT)", "PUT", true],
    ["/api/.*", "/api/x/y", true],
    ["/api/.+", "/api/", false],
    ["[^a-c]+", "xyz", true],
    ["[^a-c]+", "xbz", false],
    ["[\\]a]", "]", true],
    ["a\\-\\:\\[\\\\", "a-:[\\", true],
    ["a:}]-", "a:}]-", true],
    ["a{2,3}", "a", false],
    ["a{2,3}", "aaa", true],
    ["a{2,3}", "aaaa", false],
    ["a{2,}", "aaaaaa", true],
    ["a{0}", "", true],
    ["colou?r", "color", true],
    ["(ab)*", "ababab", true],
    ["(ab)*", "aba", false],
    ["(a*)*", "aaa", true],
    ["a\\.b", "a.b", true],
    ["a\\.b", "axb", false],
    ["^a$", "^a$", true],
    [".", "\n", true],
    [".", "ü", true],
    ["(a|)b", "b", true],
  ])("%s on %j", (pattern, value, fit) => {
    expect(matches(pattern, value)).toBe(fit);
  });

  test.each([
    "(",
    ")",
    "a)",
    "[",
    "[]a]",
    "[a",
    "*",
    "(?=a)",
    "(?<n>a)",
    "\\1",
    "\\b",
    "a{3,2}",
    "a{101}",
    "(a{100}){100}",
    "[z-a]",
    "a{",
    "x".repeat(201),
  ])("%s is refused, with a reason", (pattern) => {
    expect(matches(pattern, "a")).toEqual(expect.any(String));
    expect(typeof parsePattern(pattern)).toBe("string");
  });

  test("S13: does in an instant what makes a backtracking engine run for hours", () => {
    const long = "a".repeat(5000);
    expect(matches("(a+)+b", long)).toBe(false);
    expect(matches("(a|a)*b", long)).toBe(false);
    expect(matches("(a?){50}a{50}", "a".repeat(50))).toBe(true);
    expect(matches(".*.*.*.*.*b", long)).toBe(false);
  });

  test("agrees with JavaScript's engine", async () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab|c)", "(?:b)", "\\w", "\\.");
    const piece = fc
      .tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}", "{1,}"))
      .map(([one, times]) => one + times);
    const sequence = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
    const pattern = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((choices) => choices.join("|"));
    const value = fc
      .array(fc.constantFrom("a", "b", "c", "."), { maxLength: 8 })
      .map((characters) => characters.join(""));
    await fc.assert(
      fc.property(pattern, value, (text, subject) => {
        expect(matches(text, subject)).toBe(new RegExp(`^(?:${text})$`, "su").test(subject));
      }),
      { numRuns: 500 },
    );
  });
});
