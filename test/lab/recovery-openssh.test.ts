import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenSshFleet, openFleet } from "../e2e/openssh-fleet.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import { is, said } from "../e2e/ship.ts";

const names = ["h01", "h02", "h03", "h04"];

/** The same four hosts, three of them by a program; and nothing of the config's rest holds when it is broken. */
describe.runIf(hasOpenSsh())("four hosts on OpenSSH, and everything broken that a rollback does not need", () => {
  let fleet: OpenSshFleet;
  beforeAll(async () => {
    fleet = await openFleet({
      hosts: 4,
      cohorts: { internal: { hosts: 1, bake: "5s" }, all: { hosts: 4, bake: "5m" } },
      lines: { max_unavailable: "2" },
    });
    const told = names.slice(1).map((name) => {
      const { address, port } = fleet.host(name);
      return { host: name, address, port };
    });
    fleet.place.write("cohorts/all.yaml", 'includes: [internal]\nfrom: "sh ./inventory.sh"\n');
    fleet.place.write("cohorts/inventory.sh", `echo '${JSON.stringify(told)}'\n`);
    const first = await fleet.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]);
    expect(first.exit, said(first)).toBe(0);
  });
  afterAll(() => fleet.close());

  test("a rollout is killed, and ship rollback brings back every host that answers, and names the other (cells 76, 79)", async () => {
    const running = fleet.place.start(["--version", "v2", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    running.kill("SIGKILL");
    await running.ended;
    expect(fleet.serving()).toEqual(names.map((name) => `${name} v2`));
    await fleet.rig.stopHost(fleet.host("h03"));
    fleet.configure({
      env: '{ TOKEN: "$' + '{NOPE}" }',
      metrics: "{ p99_latency: 12 }",
      assertions: '["p99 <<<"]',
      source: "{ type: nowhere }",
      nonsense: "true",
    });
    fleet.place.write("cohorts/inventory.sh", "exit 3\n");
    rmSync(join(fleet.place.folder, ".ship/fleet"));
    rmSync(join(fleet.place.folder, "versions"), { recursive: true });
    const back = await fleet.place.ship(["rollback", "-c", "api", "--json"]);
    expect(back.exit, said(back)).toBe(4);
    expect(said(back)).toMatch(/the list of \S+ that h01 keeps/);
    const end = back.events.find(is("rollout.ended"));
    expect(end?.type === "rollout.ended" && end.hosts.map(({ host, state }) => `${host} ${state}`)).toEqual([
      "h01 restored",
      "h02 restored",
      "h03 unknown",
      "h04 restored",
    ]);
    expect(fleet.serving()).toEqual(["h01 v1", "h02 v1", "h03 v2", "h04 v1"]);
  });

  test("when it answers again, the same command brings it back too, and restarts no other (cell 80)", async () => {
    await fleet.rig.startHost(fleet.host("h03"));
    const back = await fleet.place.ship(["rollback", "-c", "api", "--json"]);
    expect(back.exit, said(back)).toBe(0);
    expect(back.events.flatMap((event) => (event.type === "host.reverted" ? [event.host] : []))).toEqual(["h03"]);
    expect(fleet.serving()).toEqual(names.map((name) => `${name} v1`));
  });
});
