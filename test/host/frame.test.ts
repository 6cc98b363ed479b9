import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignments, commandLine, field, programBytes, quote, readFrame } from "../../src/host/frame.ts";
import { hasShell, shells } from "./local-transport.ts";

const anyText = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));

describe.each(shells.filter(hasShell))("in %s", (shell) => {
  const [program, ...first] = shell === "busybox" ? ["busybox", "sh"] : [shell];
  /** What a program printed, behind the greeting. */
  const run = (input: Uint8Array) => {
    const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" };
    const { stdout } = spawnSync(program ?? shell, [...first, "-c", commandLine], { input, env });
    expect(stdout[0]).toBe(0x0a);
    return stdout.subarray(1).toString();
  };

  test("any texts arrive as they are", async () => {
    await fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 40 }), (texts) => {
        const words = Object.fromEntries(texts.map((text, index) => [`w${index}`, text]));
        const shown = texts.map((_, index) => `"$w${index}"`).join(" ");
        const ran = run(programBytes(`${assignments(words)}printf '%s|' ${shown}`));
        expect(ran).toBe(texts.map((text) => `${text}|`).join(""));
      }),
      { numRuns: 15 },
    );
  });

  test("it greets before it has read anything, and runs nothing that did not come whole", () => {
    expect(run(Buffer.from(""))).toBe("");
    expect(run(programBytes("echo done").subarray(0, -1))).toBe("");
  });

  test("what follows the program is left for it", () => {
    const ran = run(Buffer.concat([programBytes("echo first; cat"), Buffer.from("second\n")]));
    expect(ran).toBe("first\nsecond\n");
  });
});

test("S9: the command line holds nothing that fish or csh read otherwise", () => {
  const [, inner, after] = commandLine.split("'");
  expect(inner).not.toMatch(/[!\\\n]/);
  expect(after).toBe("");
});

test("S10: a NUL is refused", () => {
  expect(() => quote("a\0b")).toThrow(RangeError);
});

describe("a frame", () => {
  const frame = (text: string) => readFrame(Buffer.from(text), "n");

  test("is found among noise, with fields and a body of any bytes", () => {
    const read = frame("hello\nship n begin\na 1\na 2\nb\nbody\nship n end\n\nx\n\nship n end 7\nbye");
    expect(read?.fields.get("a")).toEqual(["1", "2"]);
    expect(read && field(read, "b")).toBe("");
    expect(read).toMatchObject({ body: "ship n end\n\nx\n", code: 7 });
  });

  test("S17, S18: of as many lines as an answer may hold is read in their time, and not in its square", () => {
    const read = frame(`\nship n begin\n${"a 1\n".repeat(1 << 18)}\nship n end 0\n`);
    expect(read?.fields.get("a")?.length).toBe(1 << 18);
  });

  test.each([
    "",
    "\nship n begin\na 1\n",
    "\nship m begin\na 1\n\nship m end 0\n",
    "\nship n begin\na 1\n\nship n end ",
  ])("that is not whole is none: %j", (text) => {
    expect(frame(text)).toBeUndefined();
  });
});
