import { describe, expect, test } from "vitest";
import { cohorts, component, load, texts } from "./folder.ts";

/** What a shell, a path, an option, a log or a reader would take for something else. */
const hostile = [
  "v408;id",
  "$(id)",
  "`id`",
  "../x",
  "a/b",
  "a..b",
  "..",
  "-rf",
  "--help",
  "v408\nx",
  "v408\u0000x",
  "v408\u001b[2J",
  "\u202ev408",
  "v\u200b408",
  "ｖ408",
  "v 408",
  ".v408",
  "##[x]",
  "x".repeat(129),
];
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/;

/** Complaints about a config that has the name in one place. */
async function complaints(text: string, files = cohorts): Promise<string> {
  const loaded = await load(text, {}, files);
  expect(loaded.type).toBe("complaints");
  const said = texts(loaded);
  expect(said).not.toMatch(steering);
  return said;
}

describe("S11: names that would be more than names are refused, and shown harmless", () => {
  test.each(hostile)("S11: a component called %j (cell 1)", async (name) => {
    const text = component.replace("  api:", `  ${JSON.stringify(name)}:`);
    expect(await complaints(text)).toMatch(/this cannot be a name|this word cannot be a key/);
  });

  test.each([...hostile, "A=B", "1A", "SHIP_X", "A.B"])("S11: a variable called %j (cell 1)", async (name) => {
    expect(await complaints(`${component}    env: { ${JSON.stringify(name)}: x }\n`)).toContain(
      "this cannot be a variable",
    );
  });

  test.each(hostile.filter((name) => !/[/\u0000]/.test(name) && name.length < 129))(
    "S11: a cohort called %j (cell 1)",
    async (name) => {
      const files = { ...cohorts, [`cohorts/${name}.yaml`]: "hosts: [other]\n" };
      expect(await complaints(component, files)).toContain("this file's name cannot be a cohort's");
    },
  );

  test.each(hostile.filter((name) => name !== "v408\nx"))("S11: a host called %j (cell 1)", async (name) => {
    await complaints(component, { ...cohorts, "cohorts/all.yaml": `hosts: [{ host: ${JSON.stringify(name)} }]\n` });
  });

  test.each([
    "{ host: a, address: '-oProxyCommand=id' }",
    "{ host: a, user: '-oProxyCommand=id' }",
    "{ host: a, user: 'a b' }",
  ])("S11: %s (cell 1)", async (host) => {
    await complaints(component, { ...cohorts, "cohorts/all.yaml": `includes: [internal]\nhosts: [${host}]\n` });
  });

  test.each(["../up", "/etc/passwd", "a/../../b", "a\u0000b", "./x", "a//b"])(
    "S11: a shared path %j (cell 1)",
    async (path) => {
      await complaints(`${component}    shared: [${JSON.stringify(path)}]\n`);
    },
  );
});

describe("S12: what YAML reads as something else than text is refused, and its reading is shown", () => {
  test.each([
    ["1.10", "1.1"],
    ["00123", "123"],
    ["408e2", "40800"],
    ["0x1f", "31"],
    ["1_000", undefined],
    ["2026-11-21", undefined],
    ["true", "true"],
    ["null", undefined],
  ])("S12: %s (cell 2)", async (written, read) => {
    const loaded = await load(`${component}    env: { RELEASE: ${written} }\n`);
    if (read === undefined && loaded.type === "ok") {
      expect(loaded.config.components.get("api")?.env).toEqual({ RELEASE: written });
      return;
    }
    expect(texts(loaded)).toContain(written === "null" ? "cannot be empty" : `in quotes: "${written}"`);
    if (read !== undefined) expect(texts(loaded)).toContain(read);
  });
});
