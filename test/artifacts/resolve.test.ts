import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { resolveArtifact } from "../../src/artifacts/resolve.ts";
import { failureOf, folder, resolveIt, write } from "./workshop.ts";

const hostile = [
  "../x",
  "-rf",
  "v408;id",
  "a b",
  "",
  "v\n408",
  "v408\u0000",
  "a..b",
  "\u202ev",
  ".hidden",
  "$(id)",
  "a/b",
];

describe("before any source is asked, a name is refused:", () => {
  test.each(hostile)("version %j", async (version) => {
    const source = { type: "command", run: "touch asked; echo ." };
    const root = folder();
    const failure = await failureOf(resolveIt({ source, root, version }));
    expect(failure.code).toBe("usage");
    expect(failure.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(readdirSync(root)).toEqual([]);
  });

  test.each(hostile)("component %j", async (component) => {
    const source = { type: "command", run: "touch asked; echo ." };
    const [root, cache] = [folder(), folder()];
    const failure = await failureOf(
      resolveArtifact({ component, version: "v1", source, root, cache, env: process.env }),
    );
    expect(failure.code).toBe("usage");
    expect(readdirSync(root)).toEqual([]);
  });
});

test("the cache holds the archive and nothing else, after success and after failure", async () => {
  const [root, cache] = [folder(), folder()];
  write(root, { "v408/app": "x" });
  const source = { type: "dir", path: "{version}" };
  const { wire } = await resolveIt({ source, root, cache });
  await resolveIt({ source, root, cache });
  await failureOf(resolveIt({ source, root, cache, version: "v409" }));
  expect(readdirSync(cache)).toEqual([`${wire.sha256}.tar.gz`]);
});
