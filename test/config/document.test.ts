import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseYaml } from "../../src/config/document.ts";
import { readYaml } from "../../src/config/file.ts";
import { folderWith } from "./folder.ts";

const read = (text: string) => parseYaml("f.yaml", text);

describe("places", () => {
  const text = "# head\na: 1\nb:\n  - c\n  - { d: 'e f', g: &x { h: i } }\nj: *x\nk:\n";
  const at = (path: PropertyKey[], more: { at?: "key"; offset?: number } = {}) => {
    const complaint = read(text).document?.locate({ path, message: "m", ...more });
    return complaint && [complaint.line, complaint.column];
  };

  test.each([
    [["a"], [2, 4]],
    [
      ["b", 1, "d"],
      [5, 10],
    ],
    [
      ["b", 1, "g", "h"],
      [5, 28],
    ],
    [
      ["j", "h"],
      [5, 28],
    ],
    [
      ["b", 1, "missing"],
      [5, 5],
    ],
    [
      ["b", 7],
      [3, 1],
    ],
    [
      ["nowhere", "at", "all"],
      [2, 1],
    ],
    [[], [2, 1]],
  ])("of %j", (path, place) => expect(at(path)).toEqual(place));

  test("of keys, and of characters in a text", () => {
    expect(at(["b", 1, "d"], { at: "key" })).toEqual([5, 7]);
    expect(at(["b", 1, "d"], { offset: 2 })).toEqual([5, 13]);
    expect(at(["b", 0], { offset: 0 })).toEqual([4, 5]);
  });

  test("survive the line ends of Windows", () => {
    const { document } = read("a: 1\r\nb: 2\r\n");
    expect(document?.locate({ path: ["b"], message: "m" })).toMatchObject({ line: 2, column: 4, source: "b: 2" });
  });
});

describe("scalars", () => {
  test("have the types of YAML's core schema, and their text is kept", () => {
    const { document } = read("a: 1.10\nb: 0o17\nc: yes\nd: 2026-01-01\ne: '1.10'\nf: 00123\n");
    expect(document?.value).toEqual({ a: 1.1, b: 15, c: "yes", d: "2026-01-01", e: "1.10", f: 123 });
    expect(["a", "b", "f"].map((key) => document?.written([key]))).toEqual(["1.10", "0o17", "00123"]);
  });

  test("as keys are always text", () => {
    expect(read("1.10: a\nnull: b\ntrue: c\n").document?.value).toEqual({ "1.10": "a", null: "b", true: "c" });
  });
});

describe("refused", () => {
  test("S12: a file beyond a size, or that is no text", async () => {
    const folder = await folderWith({
      "large.yaml": `# ${"x".repeat(1024 * 1024)}\n`,
      "fits.yaml": `# ${"x".repeat(1024 * 1024 - 9)}\na: b\n`,
    });
    expect((await readYaml(join(folder, "large.yaml"), folder)).complaints[0]?.message).toContain(
      "are the most that ship reads",
    );
    expect((await readYaml(join(folder, "fits.yaml"), folder)).document?.value).toEqual({ a: "b" });
  });

  test("S12: whatever a text holds, no value gets another prototype, and no key has a meaning", () => {
    const word = fc.constantFrom(
      "a",
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "'__proto__'",
      '"__pro\\u0074o__"',
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constant("x"),
        fc.dictionary(word, tie("tree"), { noNullPrototype: true, maxKeys: 3 }).map(
          (map) =>
            `{ ${Object.entries(map)
              .map(([key, value]) => `${key}: ${value}`)
              .join(", ")} }`,
        ),
      ),
    }));
    fc.assert(
      fc.property(fc.tuple(word, tree), ([key, inner]) => {
        const text = `${key}: ${inner}\n`;
        const { document } = read(text);
        if (/proto|constructor|u0074/.test(text)) expect(document).toBeUndefined();
        else expect(Object.getPrototypeOf(document?.value)).toBe(Object.prototype);
        expect(Object.getPrototypeOf(Object.assign({}, document?.value))).toBe(Object.prototype);
      }),
    );
    expect(Reflect.get({}, "x")).toBeUndefined();
  });

  test.each([
    [
      "a bomb of aliases",
      `a: &a [x]\n${[..."bcdefgh"].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[i]}`)}]`).join("\n")}\n`,
    ],
    ["a key of JavaScript, deep inside", "a: { b: [{ constructor: 1 }] }\n"],
    ["a list as a key", "? [a, b]\n: c\n"],
    ["a merge that is not one", "a: [\n"],
    ["a key twice", "a: 1\na: 2\n"],
  ])("S12: %s", (_, text) => {
    expect(read(text).document).toBeUndefined();
    expect(read(text).complaints.length).toBeGreaterThan(0);
  });

  test("a merge key is only a key with a strange name", () => {
    expect(read("a: &a { b: 1 }\nc: { <<: *a }\n").document?.value).toEqual({ a: { b: 1 }, c: { "<<": { b: 1 } } });
  });
});
