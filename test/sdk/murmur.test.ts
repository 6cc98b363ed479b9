import { expect, test } from "vitest";
import { murmur3 } from "../../src/sdk/murmur.ts";

// Answers of another implementation with seed 0: every length of a tail, UTF-8, and a long text.
test.each([
  ["", 0],
  ["a", 0x3c2569b2],
  ["aa", 0x371091a9],
  ["aaa", 0xb4d05fb7],
  ["aaaa", 0x7eeed987],
  ["Hello, world!", 0xc0363e43],
  ["The quick brown fox jumps over the lazy dog", 0x2e4ff723],
  ["é", 0x10110787],
  ["ππππππππ", 0xec72b6e8],
  ["ü".repeat(300), 0x804e1de3],
])("%j, however it is cut in two", (text, hash) => {
  for (let at = 0; at <= text.length; at++) expect(murmur3(text.slice(0, at), text.slice(at))).toBe(hash);
});
