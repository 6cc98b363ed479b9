import { expect, test } from "vitest";
import { buildRelease } from "../../src/artifacts/release.ts";
import type { Component } from "../../src/core/component.ts";
import { versionOf } from "../../src/core/release.ts";

const component: Component = {
  name: "api",
  root: "",
  source: { type: "dir" },
  hosts: {},
  path: "/srv/api",
  shared: ["log/"],
  env: { PORT: "8080", A: "1" },
  activate: "restart",
  activateWithin: 60_000,
  deactivate: undefined,
  drain: { run: "leave", for: 1500 },
  undrain: undefined,
  healthy: undefined,
  process: { type: "folder" },
  once: [],
  keep: 5,
  stages: [],
  maxUnavailable: { type: "percent", percent: 10 },
  maxFailed: { type: "count", count: 0 },
  rollback: { maxUnavailable: { type: "percent", percent: 25 } },
  onFailure: "rollback",
  onBlind: "hold",
  gate: "enforce",
  falseRollbacks: 0.001,
  warmup: 10_000,
  metrics: [],
  assertions: [],
};
const resolved = { version: "v408", digest: "d".repeat(64), size: 100 };

test("a release is named by its version and its whole manifest, and keeps that name for ever", () => {
  const release = buildRelease(component, resolved);
  expect(release).toMatchInlineSnapshot(`
    {
      "manifest": {
        "activate": "restart",
        "activateWithin": 60,
        "component": "api",
        "deactivate": "",
        "digest": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
        "drain": "leave",
        "drainFor": 2,
        "environment": "5d5737d4c6e8f3b9a1a953a380ca29170a9a9af9adbcf2e1c080e761163be127",
        "shared": [
          "log/",
        ],
        "size": 100,
        "undrain": "",
        "version": "v408",
      },
      "name": "v408-747e38e5",
    }
  `);
  expect(versionOf(release.name)).toBe("v408");
});

test("the order of the environment is nothing, its values are another release", () => {
  const turned = buildRelease({ ...component, env: { A: "1", PORT: "8080" } }, resolved);
  expect(turned).toEqual(buildRelease(component, resolved));
  for (const env of [{ A: "1", PORT: "8081" }, { A: "1" }, { A: "1\nPORT=8080" }])
    expect(buildRelease({ ...component, env }, resolved).name).not.toBe(turned.name);
});

test("so is another way to activate it, and so are other bytes", () => {
  const { name } = buildRelease(component, resolved);
  expect(buildRelease({ ...component, activate: "reload" }, resolved).name).not.toBe(name);
  expect(buildRelease(component, { ...resolved, digest: "e".repeat(64) }).name).not.toBe(name);
  expect(buildRelease({ ...component, keep: 9, warmup: 1 }, resolved).name).toBe(name);
});
