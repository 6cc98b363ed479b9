import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, is } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { type Lab, openLab } from "./lab.ts";
import { hasNet } from "./net.ts";
import { type Observer, quarter, startObserver } from "./observing.ts";
import { pidOf, port, running } from "./service.ts";
import { until } from "./until.ts";

/** What runs on a host beside the change: the service that it starts, and another component. */
describe.runIf(hasNet())("four hosts with services on them", () => {
  let lab: Lab;
  let observer: Observer;
  beforeAll(async () => {
    lab = await openLab({ stages: { first: { hosts: 1, bake: "4s" }, all: { hosts: 4, bake: "4s" } } });
    await endsWith(0, lab.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]));
    observer = startObserver(lab, quarter);
  });
  afterAll(() => lab.close());

  test("a service keeps no lock of the host that started it: the next run is not kept out (cell 13)", async () => {
    await observer.begin("v2");
    for (const { home } of lab.hosts) {
      const lock = join(home, "api/.ship/lock");
      expect(filesOf(pidOf(home)).filter((file) => file.includes("/.ship/"))).toEqual([]);
      expect(isFree(lock)).toBe(true);
      // One that did keep it would be seen here.
      const keeper = spawn("flock", [lock, "sleep", "60"], { stdio: "ignore" });
      await until("the lock is kept", () => !isFree(lock));
      process.kill(childOf(keeper.pid), "SIGKILL");
      await until("the lock is free", () => isFree(lock));
    }
    const { events } = await endsWith(0, lab.place.ship(["--version", "v2", "--json"]));
    expect(await observer.verdict(events)).toEqual([]);
  });

  test("two components are shipped to the same hosts at once, and neither knows of the other (cell 16)", async () => {
    const text = readFileSync(join(lab.place.folder, "ship.config.yaml"), "utf8");
    const api = text.slice(text.indexOf("  api:"));
    const web = api
      .replace("  api:", "  web:")
      .replace("path: api", "path: web")
      .replaceAll(`${port}`, `${port + 1}`);
    lab.place.write("ship.config.yaml", text + web);
    await endsWith(0, lab.place.ship(["-c", "web", "--version", "v1", "--now", "--reason", "where it begins"]));
    await observer.begin("v3");
    const both = ["api", "web"].map((name) => lab.place.start(["-c", name, "--version", "v3", "--json"]));
    const ends = await Promise.all(both.map((one) => endsWith(0, one.ended)));
    expect(isAtOnce(ends)).toBe(true);
    for (const { home } of lab.hosts) expect([running(home), running(home, "web")]).toEqual(["v3", "v3"]);
    const [first, second] = ["api", "web"].map((name) => runsOf(lab, name));
    expect(first?.some((run) => second?.includes(run))).toBe(false);
    expect(await observer.verdict(ends[0]?.events)).toEqual([]);
  });
});

function filesOf(pid: number | undefined): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
}

function isFree(lock: string): boolean {
  return spawnSync("flock", ["-n", lock, "true"]).status === 0;
}

function childOf(pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

/** Was the first host of each changed before the other was done with its last? */
function isAtOnce(ends: readonly Ended[]): boolean {
  const [one, other] = ends.map(({ events }) => {
    const changes = events.filter((event) => is("host.armed")(event) || is("host.confirmed")(event));
    return { from: changes[0]?.time ?? "", to: changes.at(-1)?.time ?? "" };
  });
  return one !== undefined && other !== undefined && one.from < other.to && other.from < one.to;
}

/** Who holds the hosts' records of a component. */
function runsOf(lab: Lab, component: string): readonly string[] {
  const records = lab.hosts.map(({ home }) => readFileSync(join(home, component, ".ship/record"), "utf8"));
  return records.map((record) => /^run='(.+)'$/m.exec(record)?.[1] ?? "none");
}
