import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { is, said } from "../e2e/ship.ts";
import { type Container, type Containers, hasContainers, openContainers } from "./containers.ts";
import { writeVersion } from "./service.ts";
import { until } from "./until.ts";

/** The login user is nobody special, and has nothing that starts at boot but a crontab. */
describe.runIf(hasContainers())("hosts whose login user has a crontab", () => {
  let lab: Containers;
  let first: Container;
  let second: Container;
  beforeAll(async () => {
    const stages = { first: { hosts: 1, bake: "4s" }, all: { hosts: 2, bake: "4s" } };
    lab = await openContainers({ stages, lines: { max_unavailable: "1" }, login: "deploy" });
    const [one, two] = lab.hosts;
    if (one === undefined || two === undefined) throw new Error("there are two");
    [first, second] = [one, two];
    for (const version of ["v1", "v2"]) writeVersion(join(lab.place.folder, "versions", version), version);
  });
  afterAll(() => lab?.close());

  const crontab = (host: Container) => host.sh("su deploy -c 'crontab -l' 2>/dev/null || true");
  const phase = (host: Container) =>
    /^phase='(.*)'$/m.exec(readFileSync(join(host.disk, "home/deploy/api/.ship/record"), "utf8"))?.[1];
  const answers = (host: Container) =>
    host.sh("busybox wget -qO- http://127.0.0.1:8080/health 2>/dev/null || echo -").trim();

  test("doctor adds a line to the crontab and keeps the others; without cron it says what is so (cell 30)", async () => {
    first.sh("echo '5 4 * * * true # mine' | su deploy -c 'crontab -'");
    second.sh("systemctl stop cron");
    const before = await lab.place.ship(["doctor", "--output", "plain"]);
    expect(before.exit).toBe(9);
    expect(before.stdout).toContain("h01: does not survive a reboot");
    expect(before.stdout).toContain("no cron runs on it, and its systemd takes units from root alone");
    const fixed = await lab.place.ship(["doctor", "--fix", "--reason", "they are to survive", "--output", "plain"]);
    expect(fixed.exit).toBe(9);
    const lines = crontab(first).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe("5 4 * * * true # mine");
    expect(fixed.stdout).toContain(`    ${lines[1]}\n`);
    expect(crontab(second)).toBe("");
    second.sh("systemctl start cron");
    expect((await lab.place.ship(["doctor", "--fix", "--reason", "cron is there now", "--json"])).exit).toBe(0);
  });

  test("the power goes between the switch and the confirmation: cron puts the host back at boot (cells 46, 59)", async () => {
    expect((await lab.place.ship(["doctor", "--fix", "--reason", "they are to survive", "--json"])).exit).toBe(0);
    const ended = await lab.place.ship(["--version", "v1", "--json"]);
    expect(ended.exit, said(ended)).toBe(0);
    const one = lab.place.start(["--version", "v2", "--json"]);
    await one.until(is("host.switched"));
    one.kill("SIGKILL");
    await one.ended;
    expect(phase(first)).toBe("switched");
    await first.powerOff();
    await first.boot();
    await until("the host is back", () => phase(first) === "reverted" && answers(first) === "v1");
    expect(readlinkSync(join(first.disk, "home/deploy/api/current"))).toMatch(/^releases\/v1-/);
    const again = await lab.place.ship(["--version", "v2", "--json"]);
    expect(again.exit, said(again)).toBe(0);
    expect(lab.hosts.map(answers)).toEqual(["v2", "v2"]);
  });
});
