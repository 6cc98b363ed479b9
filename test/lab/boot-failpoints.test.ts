import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { said } from "../e2e/ship.ts";
import { random } from "../random.ts";
import { type Container, type Containers, hasContainers, openContainers } from "./containers.ts";
import { createFailpoints, type Failpoints } from "./failpoints.ts";
import { comesToRest, lines, record, serving, unit, writeVersion } from "./unit.ts";

/** SHIP_SEED picks the steps, and replays them; SHIP_ALL=1 tries more of them. */
const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);
const count = process.env["SHIP_ALL"] === "1" ? 24 : 3;

/** Every call of a program that makes something durable is counted, whoever makes it: ship's orders, its watchdogs, the boot. */
describe.runIf(hasContainers())(`a host with systemd loses its power at any durable step (SHIP_SEED=${seed})`, () => {
  let lab: Containers;
  let host: Container;
  let points: Failpoints;
  beforeAll(async () => {
    const stages = { all: { hosts: 1, bake: "4s" } };
    lab = await openContainers({ stages, lines, login: "root", files: { "etc/systemd/system/app.service": unit } });
    const [one] = lab.hosts;
    if (one === undefined) throw new Error("there is one");
    host = one;
    for (const version of ["v00", ...Array.from({ length: count + 1 }, (_, number) => `v${number}`)])
      writeVersion(lab, version);
    // Where root's logins, systemd's services and cron's jobs look first.
    points = createFailpoints(join(host.disk, "usr/local/sbin"), (program) => `/usr/bin/${program}`, "/usr/local/sbin");
    points.arm(0, "before");
    expect((await lab.place.ship(["doctor", "--fix", "--reason", "it is to survive"])).exit).toBe(0);
    for (const version of ["v00", "v0"]) {
      // Counted is the second: a host that has nothing yet, and is made to survive, has more to write.
      points.arm(0, "before");
      const shipped = await lab.place.ship(["--version", version, "--json"]);
      expect(shipped.exit, said(shipped)).toBe(0);
    }
  });
  afterAll(() => lab?.close());

  test("boots whole, unconfirmed on the old and confirmed on the new release, and the same command goes on (cells 46, 51, 59)", {
    timeout: 3_600_000,
  }, async () => {
    const next = random(seed);
    const calls = points.calls().length;
    // A deployment makes about fifty of them. With a handful they would be somebody else's.
    expect(calls).toBeGreaterThan(40);
    for (let number = 1; number <= count; number += 1) {
      const at = 1 + Math.floor(next() * (calls - 12));
      const how = next() < 0.5 ? "before" : "after";
      points.arm(at, how);
      const ship = lab.place.start(["--version", `v${number}`, "--json"]);
      await points.untilStruck(AbortSignal.timeout(60_000));
      await host.powerOff();
      ship.kill("SIGKILL");
      await ship.ended;
      expect(points.struck()).toBe(true);
      const call = points.calls()[at - 1];
      const kept = record(host, "target").startsWith(`v${number}-`) && ["confirmed", "proven"].includes(record(host));
      process.stdout.write(
        `v${number}: the power went ${how} call ${at} of ${calls}, in phase ${record(host)}: ${call}\n`,
      );
      points.arm(0, "before");
      await host.boot();
      await comesToRest(host, `v${kept ? number : number - 1}`);
      const again = await lab.place.ship(["--version", `v${number}`, "--json"]);
      expect(again.exit, said(again)).toBe(0);
      expect(serving(host)).toBe(`v${number}`);
    }
  });
});
