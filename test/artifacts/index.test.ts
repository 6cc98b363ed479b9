import { expect, test } from "vitest";
import * as z from "zod";
import { SourceSpec, sources } from "../../src/artifacts/index.ts";

test("every source can be written in the config, and has a description, an example that fits, and no unknown keys", () => {
  const types = SourceSpec.options.map((option) => option.shape.type.value);
  expect(types.sort()).toEqual(Object.keys(sources).sort());
  for (const option of SourceSpec.options) {
    const { description, examples } = z.globalRegistry.get(option) ?? {};
    expect(description).toBeTypeOf("string");
    for (const example of z.array(z.looseObject({})).min(1).parse(examples)) {
      expect(SourceSpec.safeParse(example).success).toBe(true);
      expect(SourceSpec.safeParse({ ...example, typo: 1 }).success).toBe(false);
    }
    for (const [key, field] of Object.entries(option.shape))
      if (key !== "type") expect(z.globalRegistry.get(field)?.description).toBeTypeOf("string");
  }
  expect(() => z.toJSONSchema(SourceSpec, { io: "input" })).not.toThrow();
});

test("what could become an option of a program is refused", () => {
  for (const repo of ["--upload-pack=x", "-x"]) expect(SourceSpec.safeParse({ type: "git", repo }).success).toBe(false);
  expect(SourceSpec.safeParse({ type: "git", repo: ".", ref: "--{version}" }).success).toBe(false);
  for (const name of ["-g", "../x", "a@file:/etc", "a b"])
    expect(SourceSpec.safeParse({ type: "npm", package: name }).success).toBe(false);
});

test("what is no URL is refused before anything is fetched", () => {
  const spec = { type: "http", sha256: "{url}.sha256" };
  for (const url of ["ftp://x/{version}", "http://a b/{version}", "https://:0x/{version}", "/{version}"])
    expect(SourceSpec.safeParse({ ...spec, url }).success).toBe(false);
  expect(SourceSpec.safeParse({ ...spec, url: "https://{component}.example.com/{version}" }).success).toBe(true);
});
