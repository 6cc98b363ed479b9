import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { is, type Running, said } from "../e2e/ship.ts";
import { type Container, type Containers, hasContainers, openContainers } from "./containers.ts";
import { comesToRest, lines, record, restarts, serving, unit, writeVersion } from "./unit.ts";
import { until } from "./until.ts";

describe.runIf(hasContainers())("hosts with a real systemd", () => {
  let lab: Containers;
  let first: Container;
  let second: Container;
  const running: Running[] = [];

  beforeAll(async () => {
    const stages = { first: { hosts: 1, bake: "4s" }, all: { hosts: 2, bake: "4s" } };
    const files = { "etc/systemd/system/app.service": unit };
    lab = await openContainers({ stages, lines, login: "root", files });
    const [one, two] = lab.hosts;
    if (one === undefined || two === undefined) throw new Error("there are two");
    [first, second] = [one, two];
    for (const version of ["v1", "v2", "v3", "v4", "v5", "v6"]) writeVersion(lab, version);
    writeVersion(lab, "hangs", { activate: "echo $$ >/var/tmp/hanging; sleep 10000" });
    writeVersion(lab, "crashes", { serve: "timeout 2 busybox httpd -f -p 0.0.0.0:8080 -h www; exit 1" });
    writeVersion(lab, "slow", { activate: "echo began >>/var/tmp/slow; sleep 2; echo ended >>/var/tmp/slow" });
  });
  afterEach(() => {
    for (const one of running.splice(0)) one.kill("SIGKILL");
  });
  afterAll(() => lab?.close());

  const deploy = (version: string, ...more: string[]) => lab.place.ship(["--version", version, "--json", ...more]);

  /** ship begins to roll a version out, and is killed at the first event that fits. */
  async function killedAt(version: string, fits: (event: Event) => boolean): Promise<void> {
    const one = lab.place.start(["--version", version, "--json"]);
    running.push(one);
    await one.until(fits);
    one.kill("SIGKILL");
    await one.ended;
  }

  const on = (host: Container, type: Event["type"]) => (event: Event) =>
    is(type)(event) && "host" in event && event.host === host.name;

  async function doctor(...more: string[]) {
    const ended = await lab.place.ship(["doctor", "--json", ...more]);
    const looks = ended.events.filter((event) => event.type === "host.inspected");
    return {
      exit: ended.exit,
      findings: looks.flatMap(({ host, findings }) => findings.map(({ finding }) => `${host} ${finding}`)),
      said: said(ended),
    };
  }

  test("doctor says that they do not survive a reboot, writes nothing unasked, and mends it with a unit that systemd accepts", async () => {
    expect(await doctor()).toMatchObject({ exit: 9, findings: ["h01 reboot", "h02 reboot"] });
    const unasked = await lab.place.ship(["doctor", "--fix", "--output", "plain"]);
    expect(unasked.exit).toBe(2);
    expect(unasked.stdout).toContain("/etc/systemd/system/ship-api-");
    expect(unasked.stdout).toContain('ExecStart=/bin/sh "/srv/api/.ship/host.sh" boot');
    const units = () => readdirSync(join(first.disk, "etc/systemd/system")).filter((name) => name.startsWith("ship-"));
    expect(units()).toEqual([]);
    expect((await doctor("--fix", "--reason", "they are to survive")).exit).toBe(0);
    expect(units()).toHaveLength(1);
    expect(first.sh("systemd-analyze verify /etc/systemd/system/ship-*.service 2>&1")).toBe("");
    const written = readFileSync(join(first.disk, "etc/systemd/system", units()[0] ?? ""), "utf8");
    const shown = unasked.stdout
      .slice(unasked.stdout.indexOf("doctor writes"))
      .split("\n")
      .filter((line) => line.startsWith("    "))
      .map((line) => line.slice(4).trimEnd());
    expect(`${shown.join("\n")}\n`).toBe(written);
    expect(await doctor()).toMatchObject({ exit: 0, findings: [] });
  });

  test("a unit is deployed, watched by what systemd says of it, and starts again at boot", async () => {
    const ended = await deploy("v1");
    expect(ended.exit, said(ended)).toBe(0);
    expect(lab.hosts.map(serving)).toEqual(["v1", "v1"]);
    await first.powerOff();
    await first.boot();
    await comesToRest(first, "v1");
    expect(record(first)).toBe("proven");
    expect(restarts(first)).toEqual(["v1", "v1"]);
  });

  test.each([
    ["host.armed", "v1"],
    ["host.switched", "v1"],
    ["host.activated", "v1"],
    ["host.confirmed", "v2"],
  ] as const)(
    "ship dies at %s, the power goes, and after the boot the host runs %s (cells 46, 59)",
    async (type, stands) => {
      await killedAt("v2", on(first, type));
      const phase = record(first);
      await first.powerOff();
      await first.boot();
      await comesToRest(first, type === "host.activated" && phase === "confirmed" ? "v2" : stands);
      const again = await deploy("v2");
      expect(again.exit, said(again)).toBe(0);
      expect(lab.hosts.map(serving)).toEqual(["v2", "v2"]);
      expect((await lab.place.ship(["rollback", "--to-version", "v1", "--json"])).exit).toBe(0);
      expect(lab.hosts.map(serving)).toEqual(["v1", "v1"]);
    },
  );

  test("the power goes while ship watches, and ship brings the rest back and says what it knows (cell 59)", async () => {
    const one = lab.place.start(["--version", "v3", "--json"]);
    running.push(one);
    await one.until(on(first, "host.switched"));
    await first.powerOff();
    const ended = await Promise.race([one.ended, until("ship ends", () => false, 120_000)]);
    await first.boot();
    await comesToRest(first, "v1");
    expect([3, 4, 8]).toContain(ended?.exit);
    expect(serving(second)).toBe("v1");
    const again = await deploy("v3");
    expect(again.exit, said(again)).toBe(0);
    expect(lab.hosts.map(serving)).toEqual(["v3", "v3"]);
  });

  test("a restart that hangs is ended with all that it started, and the host goes back (cell 53)", async () => {
    const ended = await deploy("hangs");
    expect(ended.exit, said(ended)).toBe(3);
    await comesToRest(first, "v3");
    const pid = readFileSync(join(first.disk, "var/tmp/hanging"), "utf8").trim();
    expect(first.sh(`kill -0 ${pid} 2>/dev/null && echo lives || echo gone`).trim()).toBe("gone");
    expect(first.sh("pgrep -f 'sleep 1000[0]' || echo none").trim()).toBe("none");
  });

  test("a service that starts well and then crashes in a loop does not pass (cell 54)", async () => {
    const ended = await deploy("crashes");
    expect(ended.exit, said(ended)).toBe(3);
    expect(restarts(first).filter((version) => version === "crashes").length).toBeGreaterThan(1);
    await comesToRest(first, "v3");
  });

  test("ship dies in the middle of a restart: it comes to its end by itself, and the same command goes on (cell 58)", async () => {
    const one = lab.place.start(["--version", "slow", "--json"]);
    running.push(one);
    await until("the restart began", () => existsSync(join(first.disk, "var/tmp/slow")));
    one.kill("SIGKILL");
    await one.ended;
    expect(record(first)).toBe("switched");
    await until("the restart ended", () => readFileSync(join(first.disk, "var/tmp/slow"), "utf8") === "began\nended\n");
    await until("slow answers", () => serving(first) === "slow");
    const again = await deploy("slow");
    expect(again.exit, said(again)).toBe(0);
    expect(lab.hosts.map(serving)).toEqual(["slow", "slow"]);
  });

  test("one of the two watchdogs is killed: the other one puts the host back (cell 66)", async () => {
    await killedAt("v4", on(first, "host.switched"));
    const attempt = record(first, "attempt");
    first.sh(`read -r pid _ </srv/api/.ship/watch-${attempt} && kill -KILL "$pid"`);
    await comesToRest(first, "slow");
    expect(record(first)).toBe("reverted");
  });

  test("both watchdogs are killed: doctor says so, and a boot or the next run mends it (cell 66)", async () => {
    for (const mend of ["boot", "run"] as const) {
      await killedAt("v4", on(first, "host.switched"));
      const attempt = record(first, "attempt");
      first.sh(
        `for file in /srv/api/.ship/watch-${attempt} /srv/api/.ship/watch-${attempt}.2; do read -r pid _ <$file && kill -KILL $pid; done`,
      );
      expect(await doctor()).toMatchObject({ exit: 9, findings: ["h01 unwatched"] });
      if (mend === "boot") {
        await first.powerOff();
        await first.boot();
        await comesToRest(first, "slow");
      } else {
        const again = await deploy("v4");
        expect(again.exit, said(again)).toBe(0);
        expect(lab.hosts.map(serving)).toEqual(["v4", "v4"]);
      }
    }
  });

  test("the release before does not start any more: one try, said loudly, no loop; mended, it goes back (cell 65)", async () => {
    await killedAt("v5", on(first, "host.switched"));
    const broken = "/srv/api/releases/v4-*/bin/activate";
    first.sh(`cp ${broken} /var/tmp/kept && printf 'echo tried >>/var/tmp/tried; exit 1\\n' >$(ls ${broken})`);
    await until("the revert failed", () => record(first) === "revert-failed");
    const status = await lab.place.ship(["status", "--output", "plain"]);
    expect(said(status)).toMatch(/stuck.*h01.*could not be put back/);
    expect(await doctor()).toMatchObject({ exit: 9, findings: ["h01 revert-failed"] });
    await first.powerOff();
    await first.boot();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(readFileSync(join(first.disk, "var/tmp/tried"), "utf8")).toBe("tried\n");
    expect(record(first)).toBe("revert-failed");
    first.sh(`cp /var/tmp/kept $(ls ${broken})`);
    expect((await lab.place.ship(["rollback", "--json"])).exit).toBe(0);
    expect(lab.hosts.map(serving)).toEqual(["v4", "v4"]);
  });
});
