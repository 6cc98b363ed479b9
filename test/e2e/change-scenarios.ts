import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { foldHosts } from "../../src/core/words.ts";
import { all } from "./fleet.ts";
import { type Place, said } from "./ship.ts";

/** Three hosts in the stages `first` and `all`, with a release of `api` that is well, however they are reached. */
export type ChangeFleet = {
  readonly place: Place;
  /** The hosts, the first stage's first. */
  readonly names: readonly [string, string, string];
  /** Another version of `api`, as good as the one that runs. */
  readonly another: string;
  /** Where each host's files lie on this machine. */
  homes(): Promise<ReadonlyMap<string, string>>;
  /** What serves on each host: another one after a restart. */
  processes(): Promise<readonly unknown[]>;
};

/** The top of a config for the scenarios. */
export const declared = `flags:
  lxc: { components: [api], variants: { "on": true, "off": false }, default: "off" }
  gzip: { components: [api], variants: { "on": true, "off": false }, default: "off" }
  theme: { components: [api], variants: { old: v1, new: v2, next: v3 }, default: old }
rates: { publish: { component: api, default: 10, max: 500 } }
`;

/** What stands in a file of every host, under the component's folder: `h1 10`; `h1 -` where there is none. */
async function standing({ homes }: ChangeFleet, file: string): Promise<readonly string[]> {
  return [...(await homes())].map(([name, home]) => {
    const path = join(home, "api", file);
    return `${name} ${existsSync(path) ? readFileSync(path, "utf8").trim() : "-"}`;
  });
}

/** A file of one host, under the component's folder. */
export async function fileOn({ homes }: ChangeFleet, host: string, file: string): Promise<string> {
  return join((await homes()).get(host) ?? "", "api", file);
}

export const flagsFile = "shared/flags.json";

async function flagsOn(fleet: ChangeFleet, host: string): Promise<Readonly<Record<string, { targeting?: unknown }>>> {
  return JSON.parse(readFileSync(await fileOn(fleet, host, flagsFile), "utf8")).flags;
}

/** What status says of a change on each host: `h1 on proven`. */
export async function versions({ ship }: Place, change: string): Promise<readonly string[]> {
  const { events } = await ship(["status", "-c", change, "--json"]);
  return events.flatMap((event) =>
    event.type === "host.observed" ? [`${event.host} ${event.version} ${event.phase}`] : [],
  );
}

/** How a rate travels; each of them goes on from the one before. */
export function rateScenarios(fleet: () => ChangeFleet): void {
  const ship = (...words: string[]) => fleet().place.ship(words);
  const rates = () => standing(fleet(), "shared/rates/publish");
  const everywhere = (words: string) => all(fleet().names, words);

  test("goes through the cohorts, judged as a release is, and touches nothing else", async () => {
    const before = await fleet().processes();
    const ended = await ship("rate", "set", "publish", "25", "--json");
    expect(ended.exit, said(ended)).toBe(0);
    const stages = ended.events.flatMap((event) => (event.type === "stage.passed" ? [event.stage] : []));
    expect(stages).toEqual(["first", "all"]);
    expect(
      ended.events.some(
        (event) => event.type === "assertion.judged" && event.judgement.assertion === "p99_latency < 50",
      ),
    ).toBe(true);
    expect(await rates()).toEqual(everywhere("25"));
    expect(await versions(fleet().place, "rate:publish")).toEqual(everywhere("25 proven"));
    expect(await fleet().processes()).toEqual(before);
  });

  test("in an emergency is one step on all hosts, with its reason", async () => {
    expect((await ship("rate", "set", "publish", "0", "--now")).exit).toBe(2);
    const ended = await ship("rate", "set", "publish", "0", "--now", "--reason", "the queue is full", "--json");
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.events.flatMap((event) => (event.type === "stage.started" ? [event.hosts.length] : []))).toEqual([3]);
    expect(await rates()).toEqual(everywhere("0"));
  });

  test("goes back to what was proven before, and away where there was none", async () => {
    const back = await ship("rollback", "-c", "rate:publish");
    expect(back.exit, said(back)).toBe(0);
    expect(await rates()).toEqual(everywhere("25"));
  });

  test("that was written by hand on a host is shown, left alone, and no reason to refuse anything", async () => {
    const [first, second, third] = fleet().names;
    const file = await fileOn(fleet(), second, "shared/rates/publish");
    writeFileSync(file, "7\n");
    const ended = await ship("rate", "set", "publish", "30");
    expect(ended.exit, said(ended)).toBe(0);
    expect(said(ended)).toMatch(/not what ship wrote on 1 of 3 hosts/);
    expect(said(ended)).toMatch(new RegExp(`${second}: written by hand: "7" by \\S+ at 20`));
    const left = [`${first} 30`, `${second} 7`, `${third} 30`];
    expect(await rates()).toEqual(left);
    expect(said(await ship("rate", "status", "publish"))).toContain(`${second}: written by hand: "7" by`);
    const release = await ship("--version", fleet().another);
    expect(release.exit, said(release)).toBe(0);
    expect(await rates()).toEqual(left);
    rmSync(file);
  });
}

/** How a flag travels; each of them goes on from the one before. */
export function flagScenarios(fleet: () => ChangeFleet): void {
  const ship = (...words: string[]) => fleet().place.ship(words);
  const everywhere = (words: string) => all(fleet().names, words);
  const onAll = () => `on ${foldHosts(fleet().names)}`;

  test("goes on for a share and an audience, and status says who gets it", async () => {
    const ended = await ship("flag", "on", "lxc", "--percent", "10", "--for", "app=shop-17");
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.stdout).toContain("lxc: on for 10% and for app=shop-17");
    const version = /on-10pct-for-app-[0-9a-f]{6}/.exec(ended.stdout)?.[0];
    expect(await versions(fleet().place, "flag:lxc")).toEqual(everywhere(`${version} proven`));
    const asked = await ship("flag", "status", "lxc", "--for", "app=shop-17");
    expect(asked.stdout).toContain(`app=shop-17 gets on (TARGETING_MATCH) ${onAll()}`);
    const other = await ship("flag", "status", "lxc", "--for", "app=shop-18");
    expect(other.stdout).toContain("app=shop-18 gets off");
  });

  test("that grows without its audience says whom it leaves out, in the plan too, and does as it was told", async () => {
    const warning = `flag:lxc is also for app=shop-17 ${onAll()}, which this leaves out`;
    const planned = await ship("flag", "on", "lxc", "--percent", "20", "--dry-run");
    expect(planned.exit, said(planned)).toBe(0);
    expect(said(planned)).toContain(warning);
    const named = await ship("flag", "on", "lxc", "--percent", "20", "--for", "app=shop-17", "--dry-run");
    expect(said(named)).not.toContain("leaves out");
    const ended = await ship("flag", "on", "lxc", "--percent", "20", "--now", "--reason", "a test");
    expect(ended.exit, said(ended)).toBe(0);
    expect(said(ended)).toContain(warning);
    expect(said(await ship("flag", "on", "lxc", "--for", "app=shop-17", "--dry-run"))).toContain("also for 20%");
    expect(said(await ship("flag", "on", "lxc", "--dry-run"))).not.toContain("leaves out");
  });

  test("edited by hand on a host is what status tells of that host", async () => {
    const [first, second, third] = fleet().names;
    const [edited, removed] = [await fileOn(fleet(), second, flagsFile), await fileOn(fleet(), third, flagsFile)];
    const built = readFileSync(edited, "utf8");
    const lxc = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "on" };
    writeFileSync(edited, JSON.stringify({ flags: { lxc } }));
    rmSync(removed);
    const { stdout } = await ship("flag", "status", "lxc", "--for", "targetingKey=nobody");
    expect(stdout).toContain(`targetingKey=nobody gets off (TARGETING_MATCH) on ${first}\n`);
    expect(stdout).toContain(`targetingKey=nobody gets on (STATIC), by a file edited by hand, on ${second}\n`);
    expect(stdout).toContain(`gets the application's own default (the file was removed) on ${third}\n`);
    for (const file of [edited, removed]) writeFileSync(file, built);
    expect(said(await ship("flag", "status", "lxc"))).not.toMatch(/by hand|removed/);
  });

  const deaths: readonly (readonly [string, readonly string[], (event: Event) => boolean])[] = [
    ["while a host is armed", ["--percent", "30"], ({ type }) => type === "host.armed"],
    [
      "while the last stage bakes",
      ["--percent", "40"],
      (event) => event.type === "bake.started" && event.stage === "all",
    ],
    ["between two hosts", [], (event) => event.type === "host.confirmed" && event.host === fleet().names[1]],
  ];

  test.each(deaths)("killed %s goes on with the same command", async (_when, words, fits) => {
    const command = ["flag", "on", "lxc", ...words, "--json"];
    const running = fleet().place.start(command);
    await running.until(fits);
    running.kill("SIGKILL");
    await running.ended;
    const ended = await ship(...command);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.events.find((event) => event.type === "rollout.started")).toMatchObject({ continued: true });
    const version = words.length === 0 ? "on" : `on-${words[1]}pct`;
    expect(await versions(fleet().place, "flag:lxc")).toEqual(everywhere(`${version} proven`));
    expect((await flagsOn(fleet(), fleet().names[2]))["lxc"]?.targeting === undefined).toBe(words.length === 0);
  });

  test("changed beside another by somebody else: both survive", async () => {
    const both = await Promise.all(["lxc", "gzip"].map((name) => ship("flag", "off", name)));
    expect(
      both.map(({ exit }) => exit),
      both.map(said).join("\n"),
    ).toEqual([0, 0]);
    for (const host of fleet().names) expect(Object.keys(await flagsOn(fleet(), host)).sort()).toEqual(["gzip", "lxc"]);
  });

  test("is set to one of several variants, and goes back to the one that was proven before", async () => {
    const variant = async () => {
      const { stdout } = await ship("flag", "status", "theme", "--for", "targetingKey=a");
      return /gets (\w+) /.exec(stdout)?.[1];
    };
    for (const name of ["new", "next"]) {
      const ended = await ship("flag", "set", "theme", "--variant", name, "--now", "--reason", "a test");
      expect(ended.exit, said(ended)).toBe(0);
      expect(await variant()).toBe(name);
    }
    const back = await ship("rollback", "-c", "flag:theme");
    expect(back.exit, said(back)).toBe(0);
    expect(await variant()).toBe("new");
  });

  test("that is being turned on is turned off by whoever asks, while hosts are in hand", async () => {
    const running = fleet().place.start(["flag", "on", "gzip", "--json"]);
    await running.until((event) => event.type === "host.armed");
    const off = await ship("flag", "off", "gzip");
    expect(off.exit, said(off)).toBe(0);
    expect((await running.ended).exit).toBe(5);
    expect(await versions(fleet().place, "flag:gzip")).toEqual(everywhere("off proven"));
  });
}
