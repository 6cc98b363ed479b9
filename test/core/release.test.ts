import { expect, test } from "vitest";
import { isVersion, type Manifest, manifestText, versionOf } from "../../src/core/release.ts";

test.each([
  ["v408", true],
  ["1.4.2+build_7-x", true],
  ["", false],
  ["-rf", false],
  ["../x", false],
  ["a..b", false],
  ["v408;id", false],
  ["v 408", false],
  ["x".repeat(129), false],
])("is %j a version?", (text, is) => {
  expect(isVersion(text)).toBe(is);
});

test("a release is called by its version, and what is none has none", () => {
  expect(versionOf("v408-rc1-3f2a9c1b")).toBe("v408-rc1");
  expect(versionOf("")).toBeUndefined();
  expect(versionOf("by-hand")).toBeUndefined();
});

test("a manifest is one text, whatever the order of its keys", () => {
  const manifest: Manifest = {
    version: "v1",
    component: "api",
    digest: "d",
    size: 1,
    activate: "a",
    activateWithin: 1,
    deactivate: "",
    drain: "",
    drainFor: 0,
    undrain: "",
    shared: ["log/"],
    environment: "e",
  };
  const turned: Manifest = { ...manifest, component: manifest.component };
  expect(manifestText(manifest)).toBe(manifestText(turned));
  expect(Object.keys(JSON.parse(manifestText(manifest)))).toEqual(Object.keys(manifest).sort());
});
