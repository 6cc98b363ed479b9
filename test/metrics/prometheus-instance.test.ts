import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instanceOf, instancePattern, ownersOf, placeholdersOf } from "../../src/metrics/prometheus-instance.ts";
import { filledQuery, quotedAt, selectorFor } from "../../src/metrics/prometheus-query.ts";
import { hostNamed } from "./prometheus-rig.ts";

const hosts = ["api.01", "api-02"].map((name) => hostNamed(name, { port: "80", zone: "b" }));

/** RE2 is a part of what JavaScript reads here, but for its way to write a character by its number. */
function matcher(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll("\\x{", "\\u{")})$`, "u");
}

describe("the instance labels of hosts", () => {
  test.each([
    ["{host}", ["api.01", "api.01:9100", "api-02:1"], ["apix01", "api.01:", "api.01:x", "xapi.01", "api.01:9:1"]],
    ["{host}:9100", ["api.01:9100", "api-02:9100"], ["api.01", "api.01:9101"]],
    ["{host}.{zone}", ["api.01.b", "api.01.b:80"], ["api.01xb"]],
    ["{host}:{port}", ["api.01:80"], ["api.01", "api.01:81"]],
  ])("made of %s", (template, own, foreign) => {
    const pattern = matcher(instancePattern(template, hosts));
    const owner = ownersOf(template, hosts);
    for (const label of own)
      expect([label, pattern.test(label), owner(label) !== undefined]).toEqual([label, true, true]);
    for (const label of foreign) expect([label, pattern.test(label), owner(label)]).toEqual([label, false, undefined]);
  });

  test("are made of what is known of a host", () => {
    const host = { ...hostNamed("a", { zone: "b" }), address: "10.0.0.7" };
    expect(instanceOf("{address}/{zone}/{rack}", host)).toBe("10.0.0.7/b/{rack}");
    expect(instanceOf("{toString}", host)).toBe("{toString}");
    expect(placeholdersOf("{host}:{rack}{}")).toEqual(["host", "rack", ""]);
  });

  test("match themselves and nothing else, whatever stands in a label", () => {
    const label = fc.string({
      unit: fc.oneof(fc.constantFrom(..."a.-:9\\\"'`{}[]()|^$*+?é\n\t"), fc.string({ minLength: 1, maxLength: 1 })),
      maxLength: 8,
    });
    fc.assert(
      fc.property(label, label, (own, other) => {
        const given = [hostNamed("x", { own })];
        const pattern = matcher(instancePattern("{own}:1", given));
        expect(pattern.test(`${own}:1`)).toBe(true);
        expect(pattern.test(`${other}:1`)).toBe(other === own);
        expect(ownersOf("{own}", given)(own)).toBe("x");
      }),
    );
  });

  test("cannot end the string that they stand in", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a\\\"'`{}\n") }), (own) => {
        const pattern = instancePattern("{own}", [hostNamed("x", { own })]);
        expect(pattern).not.toMatch(/["'`\n]/);
        expect(selectorFor("x", pattern)).toMatch(/^x\{instance=~"(?:[^"\\]|\\\\)*"\}$/);
      }),
    );
  });
});

describe("a selector", () => {
  test.each([
    ["up", 'up{instance=~"p"}'],
    [" up { } ", 'up{instance=~"p"}'],
    ['up{a="b"}', 'up{a="b",instance=~"p"}'],
    ["up {a=\"}\", c=~'d', }", 'up{a="}", c=~\'d\',instance=~"p"}'],
  ])("%s", (selector, expected) => {
    expect(selectorFor(selector, "p")).toBe(expected);
  });
});

describe("a query", () => {
  test.each([
    ['x{i=~"{hosts}"}[{window}]', 'x{i=~"a\\\\.b"}[90s]'],
    ["x{i=~'{hosts}'}", "x{i=~'a\\\\.b'}"],
    ["x{i=~`{hosts}`}", "x{i=~`a\\.b`}"],
    ['x{i=~"y{hosts}"} + z{i=~"{hosts}",j="{hosts"}', 'x{i=~"ya\\\\.b"} + z{i=~"a\\\\.b",j="{hosts"}'],
    ["x", "x"],
  ])("%s", (query, expected) => {
    expect(filledQuery(query, "a\\.b", 90_000)).toBe(expected);
  });

  test("has its window to the millisecond", () => {
    expect(filledQuery("[{window}]", "", 1500)).toBe("[1500ms]");
  });

  test.each([
    ["{hosts}", [undefined]],
    ['"{hosts}"', ['"']],
    ["'\\'{hosts}'", ["'"]],
    ['"\\"" {hosts}', [undefined]],
    ["`\\` {hosts}", [undefined]],
    ["# don't\n'{hosts}'", ["'"]],
    ["# {hosts}", [undefined]],
    ['"open {hosts}', ['"']],
  ])("%s knows its quotes", (query, quotes) => {
    expect(quotedAt(query, "{hosts}")).toEqual(quotes);
  });
});
