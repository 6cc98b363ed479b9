import fc from "fast-check";
import { expect, test } from "vitest";
import { fill, versionIn } from "../../src/artifacts/template.ts";

test("fills the words it has and leaves the others", () => {
  expect(fill("{url}/{version}/{version}?{x}", { version: "v1", url: "$&" })).toBe("$&/v1/v1?{x}");
});

test.each([
  ["api-{version}.tar.gz", "api-v408.tar.gz", "v408"],
  ["api-{version}.tar.gz", "web-v408.tar.gz", undefined],
  ["{version}", "v408", "v408"],
  ["{version}/api-{version}", "v1/api-v1", "v1"],
  ["{version}/api-{version}", "v1/api-v2", undefined],
  ["a.c-{version}", "abc-v1", undefined],
  ["api-{version}", "api-", undefined],
])("%s in %s is %s", (template, text, version) => {
  expect(versionIn(template, text)).toBe(version);
});

test("what was filled in is found again", () => {
  const version = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,20}$/);
  fc.assert(
    fc.property(fc.string(), fc.string(), version, (before, after, version) => {
      fc.pre(!/[{}]/.test(before + after));
      expect(versionIn(`${before}{version}${after}`, `${before}${version}${after}`)).toBe(version);
    }),
  );
});
