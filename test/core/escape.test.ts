import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonText, printable } from "../../src/core/escape.ts";

const nasty = fc.constantFrom(
  "\u001b[31m",
  "\u001b]8;;http://evil\u0007",
  "\u001bP",
  "\u009b2J",
  "\r",
  "\n",
  "\t",
  "\u202e",
  "\u2066",
  "\u2028",
  "\u200b",
  "\ufeff",
  "\u3164",
  "\ud800",
  "\u{e0041}",
  "##[",
  "#",
  "::",
  ":",
  "##vso[",
  "##TeamCity[",
  "section_start:",
  " ",
  "a",
  "ü",
  "漢",
  "🙂",
);
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })))
  .map((parts) => parts.join(""));

/** Written out by hand, and not with the class that the code uses. */
const steering =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points are meant.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]|[\u{e0000}-\u{e007f}]/u;

describe("printable", () => {
  test("S14: shows what would steer a terminal", () => {
    expect(printable("a\u001b[31mred\u001b]0;title\u0007")).toBe("a\\x1b[31mred\\x1b]0;title\\x07");
    expect(printable("over\rwritten \u009b2J")).toBe("over\\x0dwritten \\x9b2J");
    expect(printable("txt.\u202eexe \u200b \u2028")).toBe("txt.\\u{202e}exe \\u{200b} \\u{2028}");
  });

  test("leaves readable text as it is", () => {
    for (const plain of ["", "api-01: ok", "Überfüllt 漢字 🙂", "##[x", "::x"]) expect(printable(plain)).toBe(plain);
    expect(printable("\tat main")).toBe("    at main");
  });

  test("keeps line feeds only when asked", () => {
    expect(printable("a\nb\r\nc")).toBe("a\\x0ab\\x0d\\x0ac");
    expect(printable("a\nb\r\nc", { lines: true })).toBe("a\nb\nc");
  });

  test("S15: breaks the commands of CI systems", () => {
    expect(printable("x ##[error]y", { ci: true })).toBe("x #\\x23[error]y");
    expect(printable("##vso[task.x] ###[group]", { ci: true })).toBe("#\\x23vso[task.x] ##\\x23[group]");
    expect(printable("a\n  ::set-env::x\n:::", { ci: true, lines: true })).toBe("a\n  \\x3a:set-env::x\n\\x3a::");
    expect(printable("section_start:1:x", { ci: true })).toBe("section\\x5fstart:1:x");
  });

  test("S17: cuts a line, and says so", () => {
    const [cut = "", rest] = printable(`${"x".repeat(10_000)}\nend`, { lines: true }).split("\n");
    expect(cut).toBe(`${"x".repeat(4096)}… (cut at 4096 bytes)`);
    expect(rest).toBe("end");
    expect(Buffer.byteLength(printable("漢".repeat(5000)))).toBeLessThan(4200);
  });

  test("S14: property: nothing steers a terminal, whatever a host writes", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const one = printable(raw);
        expect(one).not.toMatch(steering);
        expect(one).not.toContain("\n");
        expect(printable(raw, { lines: true })).not.toMatch(steering);
        expect(() => encodeURIComponent(one)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test("S15: property: nothing is a command to a CI system", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const safe = printable(raw, { ci: true, lines: true });
        expect(safe).not.toMatch(/##\[|##vso\[|##teamcity\[|section_(start|end):/i);
        for (const line of safe.split("\n")) expect(line.trimStart().startsWith("::")).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("property: a second time changes nothing", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const once = printable(raw.slice(0, 200), { ci: true, lines: true });
        expect(printable(once, { ci: true, lines: true })).toBe(once);
      }),
    );
  });
});

describe("jsonText", () => {
  test("escapes what JSON does not", () => {
    expect(jsonText({ a: "\u009b ##[error] ##vso[x] section_end: \u{e0041}ü" })).toBe(
      '{"a":"\\u009b #\\u0023[error] #\\u0023vso[x] section\\u005fend: \\udb40\\udc41ü"}',
    );
    expect(jsonText({ a: [1] }, 1)).toBe('{\n "a": [\n  1\n ]\n}');
  });

  test("S14, S15: property: it reads back as the same, and steers nothing", () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        const json = jsonText(value);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json).not.toMatch(steering);
        expect(json).not.toMatch(/\n|##\[|##vso\[|##teamcity\[|section_(start|end):/i);
        expect(json.startsWith("{")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
