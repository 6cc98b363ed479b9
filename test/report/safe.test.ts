import { expect, test } from "vitest";
import { hostsText, safe, safeTail } from "../../src/report/safe.ts";

test("one line, cut, and never in the middle of a character", () => {
  expect(safe(" a\u001bb\n")).toBe("a\\x1bb");
  expect(safe("two\r\n  lines\rhere")).toBe("two / lines\\x0dhere");
  expect(safe("x".repeat(400))).toBe(`${"x".repeat(299)}…`);
  expect(safe("🙂🙂🙂", 4)).toBe("🙂…");
});

test("the end of a log", () => {
  expect(safeTail("a\nb\n", 5)).toEqual(["a", "b"]);
  expect(safeTail("a\nb\nc\n\u001b", 2)).toEqual(["… 2 lines before", "c", "\\x1b"]);
  expect(safeTail("", 5)).toEqual([]);
});

test("hosts that do not fit are counted", () => {
  expect(hostsText(["api-01", "api-02"])).toBe("api-[01-02]");
  expect(hostsText(["one", "two", "three"], 10)).toBe("one and 2 more");
  expect(hostsText(["a-very-long-name"], 5)).toBe("1 host");
});

test("what is folded is no command either", () => {
  expect(hostsText(["##1", "##2"])).toBe("#\\x23[1-2]");
});
