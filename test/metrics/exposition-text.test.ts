import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExposition, parseValue, startIn } from "../../src/metrics/exposition-text.ts";

const read = (text: string, ...names: readonly string[]) => {
  const page = parseExposition(text, new Set(names));
  return typeof page === "string" ? page : page.series;
};

describe("a page", () => {
  test("in the Prometheus format", () => {
    const page = [
      "# HELP requests_total The total.",
      "# TYPE requests_total counter",
      'requests_total{method="post",code="200"} 1027 1395066363000',
      'requests_total{method="post",code="400",}    3 1395066363000',
      "",
      'path{value="C:\\\\DIR\\\\FILE.TXT",error="Cannot find:\\n\\"x\\"",odd="\\t"} 1.458255915e9',
      "no_labels 12.47",
      'cold{problem="division by zero"} +Inf -3982045',
      'sizes_bucket{le="+Inf"} 144320',
      "empty{} NaN\r",
    ].join("\n");
    expect(read(page, "requests_total", "path", "no_labels", "cold", "sizes_bucket", "empty")).toEqual([
      { name: "requests_total", labels: { method: "post", code: "200" }, value: 1027 },
      { name: "requests_total", labels: { method: "post", code: "400" }, value: 3 },
      {
        name: "path",
        labels: { value: "C:\\DIR\\FILE.TXT", error: 'Cannot find:\n"x"', odd: "\\t" },
        value: 1458255915,
      },
      { name: "no_labels", labels: {}, value: 12.47 },
      { name: "cold", labels: { problem: "division by zero" }, value: Number.POSITIVE_INFINITY },
      { name: "sizes_bucket", labels: { le: "+Inf" }, value: 144320 },
      { name: "empty", labels: {}, value: Number.NaN },
    ]);
  });

  test("in OpenMetrics, with exemplars and its end", () => {
    const page = [
      "# TYPE foo histogram",
      'foo_bucket{le="0.01"} 0',
      'foo_bucket{le="0.1"} 8 # {} 0.054',
      'foo_bucket{le="1"} 11 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67',
      'foo_bucket{le="+Inf"} 17 # {trace_id="o}HeK{F"} 9.8 1520879607.789',
      "# EOF",
    ].join("\n");
    expect(read(page, "foo_bucket")).toMatchObject([{ value: 0 }, { value: 8 }, { value: 11 }, { value: 17 }]);
  });

  test("braces, commas and hashes in a label are part of it", () => {
    expect(read('x{a="},{ # 1",b="="} 2', "x")).toEqual([{ name: "x", labels: { a: "},{ # 1", b: "=" }, value: 2 }]);
  });

  test("a name that only begins like a wanted one is another", () => {
    expect(read("requests_total 1\nrequests 2", "requests")).toEqual([{ name: "requests", labels: {}, value: 2 }]);
  });

  test.each([
    "x",
    "x ",
    "x one",
    "x{a=1} 2",
    'x{a="1" 2',
    'x{a="1",a="2"} 3',
    "x{,} 1",
    "x 1 2 3",
    "x 1e",
    "x 0x10",
    'x{a="1"',
    "x 1 #",
  ])("%j is half a line, and then the page is no evidence", (line) => {
    expect(read(`y 1\n${line}`, "x")).toMatch(/^line 2 of the page cannot be read/);
  });

  test("what is not asked for harms nothing", () => {
    expect(read("y one\n<html>\nx 1", "x")).toMatchObject([{ value: 1 }]);
  });

  test("names are known from their headings too", () => {
    const page = parseExposition("# TYPE errors counter\n# HELP other text\n#no heading\nx 1", new Set(["x"]));
    expect(typeof page === "string" ? [] : [...page.declared].sort()).toEqual([
      "errors",
      "errors_total",
      "other",
      "other_total",
      "x",
    ]);
  });

  test("any label and value come back as they were written", async () => {
    const label = fc.constantFrom("a", "b_1", "_C", "__proto__", "le", "constructor");
    const labels = fc.dictionary(label, fc.string({ unit: "binary" }), { maxKeys: 5 });
    await fc.assert(
      fc.property(labels, fc.double(), (given, value) => {
        const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
        const written = Object.entries(given).map(([key, text]) => `${key}="${escaped(text)}"`);
        const line = `x{${written.join(",")}} ${Number.isFinite(value) ? value : String(value).replace("Infinity", "Inf")}`;
        expect(read(line, "x")).toEqual([
          { name: "x", labels: { ...given }, value: value === 0 ? expect.closeTo(0) : value },
        ]);
      }),
    );
  });
});

test.each([
  ["1", 1],
  ["-1.5e-3", -0.0015],
  ["+2", 2],
  [".5", 0.5],
  ["5.", 5],
  ["NaN", Number.NaN],
  ["nan", Number.NaN],
  ["+Inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["", undefined],
  ["1,5", undefined],
  ["0x1", undefined],
  ["true", undefined],
])("%j is the number %d", (text, value) => {
  expect(parseValue(text)).toBe(value);
});

test("a page tells when its process started, if it is the page of one", () => {
  expect(startIn("a 1\nprocess_start_time_seconds 1.5e9\n")).toBe(1.5e12);
  expect(startIn('process_start_time_seconds{job="x"} 1500000000.25')).toBe(1_500_000_000_250);
  expect(startIn("process_start_time_seconds NaN")).toBeUndefined();
  expect(startIn("process_start_time_seconds soon")).toBeUndefined();
  expect(startIn('process_start_time_seconds{p="1"} 1\nprocess_start_time_seconds{p="2"} 2')).toBeUndefined();
  expect(startIn("")).toBeUndefined();
});
