import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { all, answering, hostsOf, names, openFleet } from "./fleet.ts";
import { type Place, said } from "./ship.ts";

const slow = 240_000;
const hosts = names(3);
const declared = [
  'flags: { lxc: &flag { components: [api], variants: { "on": true, "off": false }, default: "off" }, gzip: *flag }',
  "rates: { publish: { component: api, default: 10, max: 500 } }",
];
const top = declared.map((line) => `${line}\n`).join("");

/** What stands in a file of every host, under the component's folder: `h1 10`; `h1 -` where there is none. */
async function standing(place: Place, file: string): Promise<readonly string[]> {
  return (await hostsOf(place)).map(({ name, home }) => {
    const path = join(home, "api", file);
    return `${name} ${existsSync(path) ? readFileSync(path, "utf8").trim() : "-"}`;
  });
}

async function flagsOn(place: Place, host: string): Promise<Readonly<Record<string, { targeting?: unknown }>>> {
  const [, text = "{}"] =
    /^\S+ (.*)$/s.exec((await standing(place, "shared/flags.json")).find((line) => line.startsWith(host)) ?? "") ?? [];
  return JSON.parse(text).flags;
}

async function versions(place: Place, change: string): Promise<readonly string[]> {
  const { events } = await place.ship(["status", "-c", change, "--json"]);
  return events.flatMap((event) =>
    event.type === "host.observed" ? [`${event.host} ${event.version} ${event.phase}`] : [],
  );
}

describe("a rate", { timeout: slow }, () => {
  const fleet = openFleet({ top });
  const rates = () => standing(fleet(), "shared/rates/publish");

  test("goes through the cohorts, judged as a release is, and touches nothing else", async () => {
    const before = (await hostsOf(fleet())).map(({ app }) => app.pid);
    const ended = await fleet().ship(["rate", "set", "publish", "25", "--json"]);
    expect(ended.exit, said(ended)).toBe(0);
    const stages = ended.events.flatMap((event) => (event.type === "stage.passed" ? [event.stage] : []));
    expect(stages).toEqual(["first", "all"]);
    expect(
      ended.events.some(
        (event) => event.type === "assertion.judged" && event.judgement.assertion === "p99_latency < 50",
      ),
    ).toBe(true);
    expect(await rates()).toEqual(all(hosts, "25"));
    expect(await versions(fleet(), "rate:publish")).toEqual(all(hosts, "25 proven"));
    expect((await hostsOf(fleet())).map(({ app }) => app.pid)).toEqual(before);
  });

  test("in an emergency is one step on all hosts, with its reason", async () => {
    const unsaid = await fleet().ship(["rate", "set", "publish", "0", "--now"]);
    expect(unsaid.exit).toBe(2);
    const ended = await fleet().ship([
      "rate",
      "set",
      "publish",
      "0",
      "--now",
      "--reason",
      "the queue is full",
      "--json",
    ]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.events.flatMap((event) => (event.type === "stage.started" ? [event.hosts.length] : []))).toEqual([3]);
    expect(await rates()).toEqual(all(hosts, "0"));
  });

  test("goes back to what was proven before, and away where there was none", async () => {
    const back = await fleet().ship(["rollback", "-c", "rate:publish"]);
    expect(back.exit, said(back)).toBe(0);
    expect(await rates()).toEqual(all(hosts, "25"));
  });

  test("that was written by hand on a host is shown, left alone, and no reason to refuse anything", async () => {
    const [, second] = await hostsOf(fleet());
    const file = join(second?.home ?? "", "api/shared/rates/publish");
    writeFileSync(file, "7\n");
    const ended = await fleet().ship(["rate", "set", "publish", "30"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(said(ended)).toMatch(/not what ship wrote on 1 of 3 hosts[\s\S]*h2: written by hand: "7" by \S+ at 20/);
    expect(await rates()).toEqual(["h1 30", "h2 7", "h3 30"]);
    expect(said(await fleet().ship(["rate", "status", "publish"]))).toMatch(/h2: written by hand: "7" by/);
    const release = await fleet().ship(["--version", "v408"]);
    expect(release.exit, said(release)).toBe(0);
    expect(await rates()).toEqual(["h1 30", "h2 7", "h3 30"]);
    rmSync(file);
  });

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
  const fleet = openFleet({ top });

  test("goes on for a share and an audience, and status says who gets it", async () => {
    const ended = await fleet().ship(["flag", "on", "lxc", "--percent", "10", "--for", "app=shop-17"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.stdout).toContain("lxc: on for 10% and for app=shop-17");
    const version = /on-10pct-for-app-[0-9a-f]{6}/.exec(ended.stdout)?.[0];
    expect(await versions(fleet(), "flag:lxc")).toEqual(all(hosts, `${version} proven`));
    const asked = await fleet().ship(["flag", "status", "lxc", "--for", "app=shop-17"]);
    expect(asked.stdout).toMatch(/app=shop-17 gets on \(TARGETING_MATCH\) on h\[1-3\]/);
    const other = await fleet().ship(["flag", "status", "lxc", "--for", "app=shop-18"]);
    expect(other.stdout).toMatch(/app=shop-18 gets off/);
  });

  test("that grows without its audience says whom it leaves out, in the plan too, and does as it was told", async () => {
    const warning = /flag:lxc is also for app=shop-17 on h\[1-3\], which this leaves out/;
    const planned = await fleet().ship(["flag", "on", "lxc", "--percent", "20", "--dry-run"]);
    expect(planned.exit, said(planned)).toBe(0);
    expect(said(planned)).toMatch(warning);
    const named = await fleet().ship(["flag", "on", "lxc", "--percent", "20", "--for", "app=shop-17", "--dry-run"]);
    expect(said(named)).not.toMatch(/leaves out/);
    const ended = await fleet().ship(["flag", "on", "lxc", "--percent", "20", "--now", "--reason", "a test"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(said(ended)).toMatch(warning);
    expect(said(await fleet().ship(["flag", "on", "lxc", "--for", "app=shop-17", "--dry-run"]))).toMatch(
      /also for 20%/,
    );
    expect(said(await fleet().ship(["flag", "on", "lxc", "--dry-run"]))).not.toMatch(/leaves out/);
  });

  test("edited by hand on a host is what status tells of that host", async () => {
    const [, second, third] = await hostsOf(fleet());
    const file = (host: typeof second) => join(host?.home ?? "", "api/shared/flags.json");
    const built = readFileSync(file(second), "utf8");
    const edited = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "on" };
    writeFileSync(file(second), JSON.stringify({ flags: { lxc: edited } }));
    rmSync(file(third));
    const asked = await fleet().ship(["flag", "status", "lxc", "--for", "targetingKey=nobody"]);
    expect(asked.stdout).toMatch(/targetingKey=nobody gets off \(TARGETING_MATCH\) on h1\n/);
    expect(asked.stdout).toMatch(/targetingKey=nobody gets on \(STATIC\), by a file edited by hand, on h2\n/);
    expect(asked.stdout).toMatch(/gets the application's own default \(the file was removed\) on h3\n/);
    for (const host of [second, third]) writeFileSync(file(host), built);
    expect(said(await fleet().ship(["flag", "status", "lxc"]))).not.toMatch(/by hand|removed/);
  });

  test("killed in the middle goes on with the same command", async () => {
    const running = fleet().start(["flag", "on", "lxc", "--json"]);
    await running.until((event) => event.type === "host.confirmed" && event.host === "h2");
    running.kill("SIGKILL");
    await running.ended;
    const ended = await fleet().ship(["flag", "on", "lxc", "--json"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.events.find((event) => event.type === "rollout.started")).toMatchObject({ continued: true });
    expect(await versions(fleet(), "flag:lxc")).toEqual(all(hosts, "on proven"));
    expect((await flagsOn(fleet(), "h3"))["lxc"]?.targeting).toBeUndefined();
  });

  test("changed beside another by somebody else: both survive", async () => {
    const both = await Promise.all(["lxc", "gzip"].map((name) => fleet().ship(["flag", "off", name])));
    expect(
      both.map(({ exit }) => exit),
      both.map(said).join("\n"),
    ).toEqual([0, 0]);
    for (const host of hosts) expect(Object.keys(await flagsOn(fleet(), host)).sort()).toEqual(["gzip", "lxc"]);
  });

  test("that is being turned on is turned off by whoever asks, while hosts are in hand", async () => {
    const running = fleet().start(["flag", "on", "gzip", "--json"]);
    await running.until((event) => event.type === "host.armed");
    const off = await fleet().ship(["flag", "off", "gzip"]);
    expect(off.exit, said(off)).toBe(0);
    expect((await running.ended).exit).toBe(5);
    expect(await versions(fleet(), "flag:gzip")).toEqual(all(hosts, "off proven"));
  });

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
  const fleet = openFleet({ top });

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
