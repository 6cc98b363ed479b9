import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ChangeFleet, declared, flagScenarios, rateScenarios, versions } from "./change-scenarios.ts";
import { all, answering, hostsOf, names, openFleet } from "./fleet.ts";
import { type Place, said } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);

/** A sandbox, as the scenarios see it. */
function scene(place: Place): ChangeFleet {
  return {
    ...{ place, names: ["h1", "h2", "h3"], another: "v408" },
    homes: async () => new Map((await hostsOf(place)).map(({ name, home }) => [name, home])),
    processes: async () => (await hostsOf(place)).map(({ app }) => app.pid),
  };
}

describe("a rate", { timeout: slow }, () => {
  const fleet = openFleet({ top: declared });
  rateScenarios(() => scene(fleet()));

  test.each([
    ["beyond its bounds", ["set", "publish", "501"], /publish takes 0 to 500/],
    ["that is no number", ["set", "publish", "ten"], /"ten" is no rate/],
    ["below nothing", ["set", "publish", "--", "-1"], /"-1" is no rate/],
    ["without a number", ["set", "publish"], /Which number\?/],
    ["that is not declared", ["set", "publich", "1"], /there is no rate "publich"[\s\S]*did you mean "publish"/],
    ["with a wrong word", ["sett", "publish", "1"], /ship rate takes set, status, list/],
  ])("%s is refused", async (_name, words, says) => {
    const ended = await fleet().ship(["rate", ...words]);
    expect(ended.exit).toBe(2);
    expect(said(ended)).toMatch(says);
  });
});

describe("a flag", { timeout: slow }, () => {
  const fleet = openFleet({ top: declared });
  flagScenarios(() => scene(fleet()));

  test("is closed to rollouts with its component, and goes off all the same", async () => {
    await fleet().ship(["lock", "--reason", "the freeze"]);
    const on = await fleet().ship(["flag", "on", "gzip"]);
    const off = await fleet().ship(["flag", "off", "lxc"]);
    await fleet().ship(["unlock", "--reason", "it is over"]);
    expect(on.exit, said(on)).toBe(6);
    expect(said(on)).toMatch(/api is locked [\s\S]*ship unlock -c api/);
    expect(off.exit, said(off)).toBe(0);
  });

  test("and a release do not go forward at the same time; off waits for nobody", async () => {
    const running = fleet().start(["--version", "v408", "--json"]);
    await running.until((event) => event.type === "bake.started");
    const refused = await fleet().ship(["flag", "on", "gzip"]);
    expect(refused.exit, said(refused)).toBe(5);
    expect(said(refused)).toMatch(/Rollout \S+ of api is running/);
    const off = await fleet().ship(["flag", "off", "lxc", "--reason", "again"]);
    expect(off.exit, said(off)).toBe(0);
    expect((await running.ended).exit).toBe(0);
    const flag = fleet().start(["flag", "on", "gzip", "--json"]);
    await flag.until((event) => event.type === "bake.started");
    const release = await fleet().ship(["--version", "v410"]);
    expect(release.exit, said(release)).toBe(5);
    expect(said(release)).toMatch(/Rollout \S+ of flag:gzip is running/);
    expect((await flag.ended).exit).toBe(0);
    expect(await answering(fleet())).toEqual(all(hosts, "v408"));
  });

  test("goes off on every host that answers, also beside one that does not, which is named (4)", async () => {
    await fleet().ship(["sandbox", "break", "h3", "down"]);
    const off = await fleet().ship(["flag", "off", "gzip"]);
    await fleet().ship(["sandbox", "break", "h3", "up"]);
    expect(off.exit, said(off)).toBe(4);
    expect(said(off)).toMatch(/flag:gzip is not off on 1 of 3 hosts[\s\S]*h3: /);
    expect((await versions(fleet(), "flag:gzip")).slice(0, 2)).toEqual(["h1 off proven", "h2 off proven"]);
    const again = await fleet().ship(["flag", "off", "gzip"]);
    expect(again.exit, said(again)).toBe(0);
  });

  test.each([
    ["a variant that there is not", ["set", "lxc", "--variant", "nwe"], /lxc has no variant "nwe"/],
    ["a share that is none", ["on", "lxc", "--percent", "ten"], /"ten" is no percentage/],
    ["an audience that is none", ["on", "lxc", "--for", "plan =="], /--for "plan =="/],
    ["a file that is not there", ["on", "lxc", "--for-file", "ids.txt"], /ids\.txt cannot be read/],
    ["no name", ["on"], /Which flag\?/],
  ])("%s is refused", async (_name, words, says) => {
    const ended = await fleet().ship(["flag", ...words]);
    expect(ended.exit).toBe(2);
    expect(said(ended)).toMatch(says);
  });
});

const passed = "ship_limit_passed_total";

/** A number of the app's own page of metrics, on every host. */
async function counted(place: Place, metric: string): Promise<readonly number[]> {
  return Promise.all(
    (await hostsOf(place)).map(async ({ home }) => {
      const port = readFileSync(join(home, ".net/8080"), "utf8");
      const page = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } })).text();
      const line = page.split("\n").find((one) => one.startsWith(metric)) ?? "";
      return Number(line.split(" ").at(-1));
    }),
  );
}

describe("the sandbox's app", { timeout: slow }, () => {
  const fleet = openFleet({ top: declared });

  test("whose path behind a flag is slow is put back on the way to that flag, and goes on with the next version", async () => {
    expect((await fleet().ship(["--version", "v413"])).exit).toBe(0);
    const slowed = await fleet().ship(["flag", "on", "lxc", "--json"]);
    expect(slowed.exit, said(slowed)).toBe(3);
    expect(slowed.events.find((event) => event.type === "stage.failed")).toMatchObject({ stage: "first" });
    expect(said(slowed)).toMatch(/p99_latency < 50/);
    expect(await versions(fleet(), "flag:lxc")).toEqual(["h1 null reverted", "h2 null idle", "h3 null idle"]);
    expect(await answering(fleet())).toEqual(all(hosts, "v413"));
    expect((await fleet().ship(["--version", "v414"])).exit).toBe(0);
    const right = await fleet().ship(["flag", "on", "lxc", "--retry-bad", "--reason", "v414 mends it"]);
    expect(right.exit, said(right)).toBe(0);
    expect(await versions(fleet(), "flag:lxc")).toEqual(all(hosts, "on proven"));
  });

  test("stops what is limited once it has seen a rate of 0, and resumes", async () => {
    const publish = (rate: string) => fleet().ship(["rate", "set", "publish", rate, "--now", "--reason", "a test"]);
    expect((await publish("0")).exit).toBe(0);
    await expect.poll(() => counted(fleet(), "ship_limit_rate")).toEqual(hosts.map(() => 0));
    const before = await counted(fleet(), passed);
    const later = Date.now() + 2_000;
    await expect.poll(() => Date.now() > later, { timeout: 10_000 }).toBe(true);
    expect(await counted(fleet(), passed)).toEqual(before);
    expect((await publish("50")).exit).toBe(0);
    await expect
      .poll(async () => (await counted(fleet(), passed)).every((count, at) => count > (before[at] ?? 0)))
      .toBe(true);
  });
});
