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
    writeVersion(lab, "v1");
    writeVersion(lab, "hangs", { activate: "echo $$ >/var/tmp/hanging; sleep 10000" });
    writeVersion(lab, "crashes", { serve: "timeout 2 busybox httpd -f -p 0.0.0.0:8080 -h www; exit 1" });
    writeVersion(lab, "slow", { activate: "echo began >>/var/tmp/slow; sleep 2; echo ended >>/var/tmp/slow" });
    expect((await doctor("--fix", "--reason", "they are to survive")).exit).toBe(0);
    const ended = await deploy("v1");
    expect(ended.exit, said(ended)).toBe(0);
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

  let versions = 1;
  /** A good version that no host has seen. */
  function fresh(): string {
    versions += 1;
    writeVersion(lab, `v${versions}`);
    return `v${versions}`;
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
    for (const host of lab.hosts)
      host.sh("cd /etc/systemd/system && rm ship-*.service */ship-*.service && systemctl daemon-reload");
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

  test("a unit is deployed, and starts again at boot", async () => {
    const version = fresh();
    const ended = await deploy(version);
    expect(ended.exit, said(ended)).toBe(0);
    expect(lab.hosts.map(serving)).toEqual([version, version]);
    const before = restarts(first);
    await first.powerOff();
    await first.boot();
    await comesToRest(first, version);
    expect(record(first)).toBe("proven");
    expect(restarts(first)).toEqual([...before, version]);
  });

  test.each([
    ["host.armed", "old"],
    ["host.switched", "old"],
    ["host.activated", "old"],
    ["host.confirmed", "new"],
  ] as const)(
    "ship dies at %s, the power goes, and after the boot the host runs the %s release (cells 46, 59)",
    async (type, stands) => {
      const [old, version] = [serving(first), fresh()];
      await killedAt(version, on(first, type));
      const phase = record(first);
      await first.powerOff();
      await first.boot();
      await comesToRest(first, stands === "new" || phase === "confirmed" ? version : old);
      const again = await deploy(version);
      expect(again.exit, said(again)).toBe(0);
      expect(lab.hosts.map(serving)).toEqual([version, version]);
    },
  );

  test("the power goes while ship watches, and ship brings the rest back and says what it knows (cell 59)", async () => {
    const [old, version] = [serving(first), fresh()];
    const one = lab.place.start(["--version", version, "--json"]);
    running.push(one);
    await one.until(on(first, "host.switched"));
    await first.powerOff();
    const ended = await one.ended;
    await first.boot();
    await comesToRest(first, old);
    expect([3, 4, 8], said(ended)).toContain(ended.exit);
    expect(serving(second)).toBe(old);
    const again = await deploy(version);
    expect(again.exit, said(again)).toBe(0);
    expect(lab.hosts.map(serving)).toEqual([version, version]);
  });

  test("a restart that hangs is ended with all that it started, and the host goes back (cell 53)", async () => {
    const old = serving(first);
    const ended = await deploy("hangs");
    expect(ended.exit, said(ended)).toBe(3);
    await comesToRest(first, old);
    const pid = readFileSync(join(first.disk, "var/tmp/hanging"), "utf8").trim();
    expect(first.sh(`kill -0 ${pid} 2>/dev/null && echo lives || echo gone`).trim()).toBe("gone");
    expect(first.sh("pgrep -f 'sleep 1000[0]' || echo none").trim()).toBe("none");
  });

  test("a service that starts well and then crashes in a loop does not pass (cell 54)", async () => {
    const old = serving(first);
    const ended = await deploy("crashes");
    expect(ended.exit, said(ended)).toBe(3);
    expect(restarts(first).filter((version) => version === "crashes").length).toBeGreaterThan(1);
    await comesToRest(first, old);
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

  /** As the kernel does that runs out of memory: the process is gone, and nobody is told. */
  function killWatchdogs(...names: readonly string[]): void {
    const attempt = record(first, "attempt");
    for (const name of names) first.sh(`read -r pid _ </srv/api/.ship/watch-${attempt}${name} && kill -KILL "$pid"`);
  }

  test("one of the two watchdogs is killed: the other one puts the host back (cell 66)", async () => {
    const [old, version] = [serving(first), fresh()];
    await killedAt(version, on(first, "host.switched"));
    killWatchdogs("");
    await comesToRest(first, old);
    expect(record(first)).toBe("reverted");
  });

  test.each(["a boot", "the next run"])(
    "both watchdogs are killed: doctor says so, and %s mends it (cell 66)",
    async (mend) => {
      const [old, version] = [serving(first), fresh()];
      await killedAt(version, on(first, "host.switched"));
      killWatchdogs("", ".2");
      expect(await doctor()).toMatchObject({ exit: 9, findings: ["h01 unwatched"] });
      if (mend === "a boot") {
        await first.powerOff();
        await first.boot();
        await comesToRest(first, old);
      } else {
        const again = await deploy(version);
        expect(again.exit, said(again)).toBe(0);
        expect(lab.hosts.map(serving)).toEqual([version, version]);
      }
    },
  );

  test("the release before does not start any more: one try, said loudly, no loop; mended, it goes back (cell 65)", async () => {
    const [old, version] = [serving(second), fresh()];
    const settled = await deploy(old);
    expect(settled.exit, said(settled)).toBe(0);
    await killedAt(version, on(first, "host.switched"));
    const script = first.sh(`ls /srv/api/releases/${old}-*/bin/activate`).trim();
    first.sh(`cp ${script} /var/tmp/kept && printf 'echo tried >>/var/tmp/tried; exit 1\n' >${script}`);
    await until("the revert failed", () => record(first) === "revert-failed");
    const status = await lab.place.ship(["status", "--output", "plain"]);
    expect(said(status)).toMatch(/stuck.*h01.*could not be put back/);
    expect(await doctor()).toMatchObject({ exit: 9, findings: ["h01 revert-failed"] });
    await first.powerOff();
    await first.boot();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(readFileSync(join(first.disk, "var/tmp/tried"), "utf8")).toBe("tried\n");
    expect(record(first)).toBe("revert-failed");
    first.sh(`cp /var/tmp/kept ${script}`);
    expect((await lab.place.ship(["rollback", "--json"])).exit).toBe(0);
    expect(lab.hosts.map(serving)).toEqual([old, old]);
  });
});
