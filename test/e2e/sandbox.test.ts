import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { all, answering, everyByte, hostsOf, recorded, smallFleet } from "./fleet.ts";
import { type Ended, openPlace, type Place, said } from "./ship.ts";

const hosts = Array.from({ length: 12 }, (_, index) => `api-${String(index + 1).padStart(2, "0")}`);
const slow = 400_000;

/** The promise of the first page, on the fleet that comes with ship; each test goes on where the one before it ended. */
describe("twelve servers", { timeout: slow }, () => {
  let place: Place;
  beforeAll(() => {
    place = openPlace();
  });
  afterAll(() => place.close());

  const ship = (...args: string[]) => place.ship(args);

  async function without(effect: () => Promise<Ended>): Promise<Ended> {
    const before = await everyByte(place);
    const ended = await effect();
    expect(await everyByte(place)).toEqual(before);
    return ended;
  }

  test("a good version goes everywhere and is proven", async () => {
    const ended = await ship("--component", "api", "--version", "v408");
    expect(ended).toMatchObject({ exit: 0, stderr: "" });
    expect(ended.stdout).toContain("proven  12  v408  api-[01-12]");
    expect(await recorded(place)).toEqual(all(hosts, "v408 proven"));
    expect(await answering(place)).toEqual(all(hosts, "v408"));
  });

  test("the same command again does nothing and writes nothing (cell 6)", async () => {
    const journals = readdirSync(join(place.folder, ".ship/rollouts"));
    const ended = await without(() => ship("--component", "api", "--version", "v408"));
    expect(ended.exit).toBe(0);
    expect(ended.stdout).toContain("nothing was changed");
    expect(readdirSync(join(place.folder, ".ship/rollouts"))).toEqual(journals);
  });

  test.each([
    ["--dry-run", ["--version", "v409", "--dry-run"], "v408"],
    ["plan", ["plan", "--version", "v409"], "v408"],
    ["status", ["status"], "12 hosts, all proven"],
    ["check", ["check"], "p99_latency < 50"],
  ])("%s looks, and does not touch", async (_name, args, says) => {
    const ended = await without(() => place.ship(args));
    expect(ended).toMatchObject({ exit: 0, stderr: "" });
    expect(ended.stdout).toContain(says);
  });

  test("plan --json is one plan, then the command's end", async () => {
    const { exit, events, stdout } = await without(() => ship("plan", "--version", "v409", "--json"));
    expect(exit).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(events.length);
    expect(events.map((event) => event.type)).toEqual(["plan.made", "command.ended"]);
    expect(events[0]).toMatchObject({ plan: { version: "v409", direction: "forward" } });
  });

  const bad = [
    [
      "v409",
      "p99_latency < 50",
      /p99_latency < 50 fails with \d+(\.\d+)? \(\d+ events; a healthy version looks this bad [^)]+ times\) on api-/,
    ],
    ["v410", "its health", /api-01: not healthy: nothing answers/],
    [
      "v411",
      "active_cons > 10",
      /active_cons > 10 fails with \d(\.\d+)? \(\d of the last \d readings against it\) on api-/,
    ],
    [
      "v412",
      "error_rate < 0.01",
      /error_rate < 0.01 fails with 0\.\d+ \(\d+ events; a healthy version looks this bad [^)]+ times\) on api-/,
    ],
  ] as const;

  test.each(bad)("%s is found out by %s, and every host goes back to v408", async (version, _by, evidence) => {
    const ended = await ship("--component", "api", "--version", version);
    expect(ended.exit).toBe(3);
    expect(lastPage(ended.stdout)).toMatch(evidence);
    expect(ended.stdout).toContain("Exit 3");
    expect(await answering(place)).toEqual(all(hosts, "v408"));
    expect((await recorded(place)).every((line) => / v408 (proven|reverted|idle)$/.test(line))).toBe(true);
    const why = await ship("why");
    expect(why).toMatchObject({ exit: 0, stderr: "" });
    expect(why.stdout).toMatch(evidence);
  });

  test("why is known from another machine, which has no journal", async () => {
    const elsewhere = join(place.folder, "../elsewhere");
    mkdirSync(elsewhere);
    for (const name of ["ship.config.yaml", "cohorts"])
      cpSync(join(place.folder, name), join(elsewhere, name), { recursive: true });
    const env = { SHIP_SANDBOX: join(place.folder, ".ship/sandbox") };
    const why = await place.ship(["why"], { cwd: elsewhere, env });
    expect(why).toMatchObject({ exit: 0, stderr: "" });
    expect(why.stdout).toMatch(/v412[\s\S]*error_rate < 0.01 fails/);
  });

  test("log lists the rollouts, and tells one of them event by event", async () => {
    const list = await ship("log");
    expect(list.exit).toBe(0);
    for (const version of ["v408", "v409", "v410", "v411", "v412"]) expect(list.stdout).toContain(version);
    const id = /\d{8}-\d{6}-[0-9a-f]{4}/.exec(list.stdout)?.[0] ?? "";
    const log = await ship("log", id, "--json");
    expect(log.events.find((event) => event.type === "rollout.started")).toMatchObject({
      version: "v412",
      rollout: id,
    });
    expect(log.events.find((event) => event.type === "rollout.ended")).toMatchObject({ outcome: "rolled-back" });
    expect(log.events.at(-1)).toMatchObject({ type: "command.ended", command: "log", exit: 0 });
  });

  test("a version that was bad is not shipped again without a word (cell 7)", async () => {
    const again = await without(() => ship("--component", "api", "--version", "v409"));
    expect(again.exit).toBe(6);
    expect(again.stdout + again.stderr).toContain("--retry-bad --reason");
    const unexplained = await without(() => ship("--component", "api", "--version", "v409", "--retry-bad"));
    expect(unexplained.exit).toBe(2);
    expect(unexplained.stdout + unexplained.stderr).toContain("--reason TEXT");
  });

  test("rollback --to-version puts every host back on a version that was proven there, once", async () => {
    const unnamed = await without(() => ship("rollback"));
    expect(unnamed.exit).toBe(0);
    expect(unnamed.stdout).toContain("ship rollback -c api --to-version VERSION");
    const back = await ship("rollback", "--to-version", "v407");
    expect(back.exit).toBe(0);
    expect(await answering(place)).toEqual(all(hosts, "v407"));
    const again = await without(() => ship("rollback", "--to-version", "v407"));
    expect(again.exit).toBe(0);
    expect(again.stdout).toContain("nothing was changed");
  });

  test("a kept plan is run as it is, and refused when the fleet has moved since", async () => {
    const args = ["--version", "v408", "--to", "internal", "--now", "--reason", "a test", "--out", "plan.json"];
    const made = await without(() => ship("plan", ...args));
    expect(made.exit).toBe(0);
    const ran = await ship("apply", "plan.json");
    expect(ran.exit).toBe(0);
    expect((await answering(place)).slice(0, 2)).toEqual(["api-01 v408", "api-02 v407"]);
    const late = await without(() => ship("apply", "plan.json"));
    expect(late.exit).toBe(6);
    expect(late.stdout + late.stderr).toContain("api-01: was on v407");
  });

  test("rollback undoes the last rollout, once", async () => {
    const back = await ship("rollback", "-c", "api");
    expect(back.exit).toBe(0);
    expect(await answering(place)).toEqual(all(hosts, "v407"));
    const again = await without(() => ship("rollback", "-c", "api"));
    expect(again.exit).toBe(0);
    expect(again.stdout).toContain("nothing was changed");
  });

  test("nothing on a host is touched but the component's folder", async () => {
    for (const { home } of await hostsOf(place)) {
      expect(readdirSync(home).sort()).toEqual([".net", ".supervisor", "api", "app.log", "tmp"]);
      expect(readdirSync(join(home, "tmp"))).toEqual([]);
      expect(readdirSync(join(home, ".supervisor"))).toEqual(["tree"]);
      expect(readFileSync(join(home, ".supervisor/tree"), "utf8")).toBe(join(home, "api"));
    }
  });
});

test("a fleet is set up however long its first version takes to answer", { timeout: slow }, async () => {
  // No program starts within this.
  const healthy = '{ type: http, url: "http://127.0.0.1:8080/health", within: 10ms, for: 5ms, proof: version }';
  const place = openPlace(smallFleet({ hosts: 2, lines: { healthy } }));
  try {
    const up = await place.ship(["sandbox", "up"]);
    expect(up.exit, said(up)).toBe(0);
    expect(await answering(place)).toEqual(["h1 v407", "h2 v407"]);
  } finally {
    await place.close();
  }
});

/** From the mark of the end on. */
function lastPage(text: string): string {
  return text.slice(text.search(/^\S+ rolled-back {2}/m));
}
