import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/sdk/open.ts";
import { hasOpenFeature, startReader } from "../sdk/open-feature.ts";
import { type ChangeFleet, declared, fileOn, flagScenarios, flagsFile, rateScenarios } from "./change-scenarios.ts";
import { type OpenSshFleet, openFleet } from "./openssh-fleet.ts";
import { hasOpenSsh } from "./openssh-server.ts";
import { said } from "./ship.ts";

const names = ["h01", "h02", "h03"] as const;

/** Short where the machine is quick, and long enough where it is busy with other tests. */
const bake = "{ min: 1500ms, max: 30s }";
const assertions = [
  "{ assert: p99_latency < 50, every: 400ms, min_events: 20, min_readings: 2 }",
  "{ assert: each.healthy, every: 400ms, allow: 2 of 5, min_readings: 3 }",
];

/** What goes through on the sandbox goes through on Debian's sshd, with the files on a real disk. */
describe.runIf(hasOpenSsh())("on OpenSSH", { timeout: 240_000 }, () => {
  let opened: OpenSshFleet;
  let seen: ChangeFleet;
  beforeAll(async () => {
    opened = await openFleet({
      hosts: 3,
      cohorts: { first: { hosts: 1, bake }, all: { hosts: 3, bake } },
      top: declared,
      lines: {
        healthy: "{ type: exec, run: ./bin/healthy, within: 5s, for: 200ms, proof: folder }",
        max_unavailable: '"100%"',
        warmup: "200ms",
        assertions: `[${assertions.join(", ")}]`,
      },
    });
    const { place, rig } = opened;
    const begun = await place.ship(["--version", "v1", "--now", "--reason", "where it begins"]);
    expect(begun.exit, said(begun)).toBe(0);
    seen = {
      ...{ place, names, another: "v2" },
      homes: async () => new Map(rig.hosts.map(({ name, home }) => [name, home])),
      processes: async () => rig.hosts.map(({ home }) => readFileSync(join(home, "serve.pid"), "utf8")),
    };
  });
  afterAll(() => opened.close());

  describe("a rate", () => rateScenarios(() => seen));
  describe("a flag", () => flagScenarios(() => seen));

  const everybody = Array.from({ length: 200 }, (_, at) => ({ targetingKey: `user-${at}`, app: `shop-${at % 40}` }));

  test("applications on a host see a flag change without being started anew", async () => {
    const file = await fileOn(seen, "h02", flagsFile);
    const app = open({ flags: file });
    const reader = hasOpenFeature() ? startReader(file) : undefined;
    const bySdk = () => everybody.filter((who) => app.flag("lxc", false, who)).length;
    const byOpenFeature = async () => {
      const answers = await reader?.ask({ flags: { lxc: false }, contexts: everybody });
      return answers === undefined ? bySdk() : answers.filter(({ value }) => value === true).length;
    };
    expect([bySdk(), await byOpenFeature()]).toEqual([0, 0]);
    const on = ["flag", "on", "lxc", "--percent", "30", "--for", "app=shop-17", "--now", "--reason", "a test"];
    expect((await seen.place.ship(on)).exit).toBe(0);
    await expect.poll(bySdk, { timeout: 20_000 }).toBeGreaterThan(30);
    expect(bySdk()).toBeLessThan(100);
    await expect.poll(byOpenFeature, { timeout: 60_000, interval: 200 }).toBe(bySdk());
    expect((await seen.place.ship(["flag", "on", "lxc", "--now", "--reason", "a test"])).exit).toBe(0);
    await expect.poll(bySdk, { timeout: 20_000 }).toBe(200);
    app.close();
    await reader?.close();
  });
});
