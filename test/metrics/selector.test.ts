import { describe, expect, test } from "vitest";
import { parseSelector, selects } from "../../src/metrics/selector.ts";

const series = { name: "requests", labels: { code: "503", path: '/a"b' }, value: 1 };

const chosen = (text: string): boolean | string => {
  const selector = parseSelector(text);
  return typeof selector === "string" ? selector : selects(selector, series);
};

describe("selectors", () => {
  test.each([
    ["requests", true],
    [" requests { } ", true],
    ["request", false],
    ['requests{code="503"}', true],
    ["requests{code='503'}", true],
    ['requests{code="50"}', false],
    ['requests{code!="503"}', false],
    ['requests{code!="500"}', true],
    ['requests{code=~"5.."}', true],
    ['requests{code=~"5."}', false],
    ['requests{code!~"4.."}', true],
    ['requests{code!~"5.."}', false],
    ['requests{ code=~"5..", path="/a\\"b", }', true],
    ['requests{code=~"5..",path="/"}', false],
    ['requests{zone=""}', true],
    ['requests{zone!=""}', false],
    ['requests{constructor=""}', true],
    ['requests{code=~"50\\\\d"}', true],
  ])("%s", (text, expected) => {
    expect(chosen(text)).toBe(expected);
  });

  test.each([
    "",
    "5xx",
    "requests{",
    "requests}",
    "requests{code}",
    "requests{code=503}",
    'requests{code="503" path="/"}',
    'requests{code=~"("}',
    "sum(requests)",
  ])("%s is refused, with a reason", (text) => {
    expect(parseSelector(text)).toEqual(expect.any(String));
  });
});
