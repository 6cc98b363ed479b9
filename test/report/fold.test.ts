import fc from "fast-check";
import { expect, test } from "vitest";
import { folded } from "../../src/report/fold.ts";

test("prose is folded between words, under its indent", () => {
  expect(folded("head\n  one two three four\n", 12)).toBe("head\n  one two\n  three four\n");
});

test("columns of a table stay apart where they fit, and colours take no room", () => {
  expect(folded("  fail    a < 50  89 against 50, on api-01", 30)).toBe(
    "  fail    a < 50  89 against\n  50, on api-01",
  );
  expect(folded("\u001b[31mone two\u001b[39m", 7)).toBe("\u001b[31mone two\u001b[39m");
});

test("a command stays in one piece, and so does a word that is too long", () => {
  expect(folded("  Next: ship rollback -c api", 10)).toBe("  Next: ship rollback -c api");
  expect(folded("a-very-long-word and more", 8)).toBe("a-very-long-word\nand more");
});

test("no word is lost, and no line is wider than the terminal unless it is one word", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 60 }), (parts, columns) => {
      const text = folded(parts.join(" "), columns);
      expect(text.split(/\s/)).toEqual(parts);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    }),
  );
});
