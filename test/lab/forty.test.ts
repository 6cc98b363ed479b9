import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenSshFleet, openFleet } from "../e2e/openssh-fleet.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import type { Ended } from "../e2e/ship.ts";

/** Forty, and twenty where time is short. */
const count = process.env["SHIP_ALL"] === "1" ? 40 : 20;
const names = Array.from({ length: count }, (_, index) => `h${String(index + 1).padStart(2, "0")}`);
const slow = 240_000;

/** A third of the fleet each; every cohort has hosts of more than one. */
const origins = names.map((name, index) => ({ name, version: `v${(index % 3) + 1}` }));
const own = origins.map(({ name, version }) => `${name} ${version}`);
const everywhere = (words: string) => names.map((name) => `${name} ${words}`);

/** The promise of the first page on many real OpenSSH servers; each test goes on where the one before it ended. */
describe.runIf(hasOpenSsh())(`${count} hosts on OpenSSH`, { timeout: slow }, () => {
  let fleet: OpenSshFleet;
  beforeAll(async () => {
    fleet = await openFleet({
      hosts: count,
      cohorts: {
        internal: { hosts: 1, bake: "4s" },
        beta: { hosts: 4, bake: "4s" },
        all: { hosts: count, bake: "10s" },
      },
    });
  });
  afterAll(() => fleet.close());

  const ship = (...args: string[]) => fleet.place.ship(args);
  const deploy = (version: string, ...more: string[]) => ship("--component", "api", "--version", version, ...more);
  const journals = () => readdirSync(join(fleet.place.folder, ".ship/rollouts"));

  async function without(effect: () => Promise<Ended>): Promise<Ended> {
    const before = await fleet.everything();
    const ended = await effect();
    expect(await fleet.everything()).toEqual(before);
    return ended;
  }

  test("a dry run on hosts that ship has never seen leaves nothing on them", async () => {
    const plan = await without(() => deploy("v1", "--dry-run"));
    expect(plan).toMatchObject({ exit: 0, stderr: "" });
    expect(plan.stdout).toContain(`h[05-${count}]`);
  });

  test("three versions are proven on a third of the hosts each", async () => {
    fleet.configure({ max_unavailable: '"100%"' });
    for (const version of ["v1", "v2", "v3"]) {
      const hosts = origins.filter((origin) => origin.version === version).map(({ name }) => name);
      const only = ["--only-hosts", `{${hosts.join()}}`];
      const ended = await deploy(version, ...only, "--now", "--reason", "where it all begins");
      expect(ended).toMatchObject({ exit: 0, stderr: "" });
    }
    expect(fleet.serving()).toEqual(own);
    expect(await fleet.recorded()).toEqual(own.map((line) => `${line} proven`));
  });

  test("a version that is slow on some hosts fails on what was measured, and each host returns to its own", async () => {
    fleet.configure({});
    fleet.version("v4", { slow: 20, where: "h1*" });
    const ended = await deploy("v4");
    expect(ended.exit).toBe(3);
    expect(ended.stdout).toMatch(/v4 failed in stage all: p99_latency < 50 fails with \d+/);
    expect(fleet.serving()).toEqual(own);
    expect((await fleet.recorded()).map((line) => line.replace(/ (proven|reverted)$/, ""))).toEqual(own);
  });

  test("with one host down and max_failed: 1 the rest is shipped, whatever kills ship, and the host is named (cells 9, 17)", async () => {
    fleet.configure({ max_failed: "1" });
    fleet.version("v5");
    await fleet.rig.stopHost(fleet.host("h17"));
    const killed = fleet.place.start(["-c", "api", "--version", "v5", "--json"]);
    await killed.until((event) => event.type === "host.switched" && event.host === "h12");
    killed.kill("SIGKILL");
    expect(await killed.ended).toMatchObject({ exit: null });
    const ended = await deploy("v5");
    expect(ended).toMatchObject({ exit: 0, stderr: "" });
    expect(ended.stdout).toMatch(new RegExp(`proven +${count - 1} +v5`));
    expect(ended.stdout).toMatch(/behind +1 .*h17 .*connection refused/);
    expect(fleet.serving()).toEqual(everywhere("v5").with(16, `${own[16]}`));
  });

  test("once more it writes nothing on hosts that are proven, and a dry run on none (cell 6)", async () => {
    await fleet.rig.startHost(fleet.host("h17"));
    const before = journals();
    const again = await without(() => deploy("v5", "--skip-hosts", "h17"));
    expect(again).toMatchObject({ exit: 0, stderr: "" });
    expect(again.stdout).toContain("nothing was changed");
    expect(await without(() => deploy("v5", "--dry-run"))).toMatchObject({ exit: 0, stderr: "" });
    expect(journals()).toEqual(before);
  });

  test("a rollback returns each host to its own version, once", async () => {
    expect(await ship("rollback", "-c", "api")).toMatchObject({ exit: 0, stderr: "" });
    expect(fleet.serving()).toEqual(own);
    expect(await without(() => ship("rollback", "-c", "api"))).toMatchObject({ exit: 0 });
  });
});
