import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { all, answering, hostsOf, names, recorded, smallFleet } from "../e2e/fleet.ts";
import { is, openPlace, type Place, said } from "../e2e/ship.ts";

const slow = 240_000;
const hosts = names(4);
const nowhere = '"http://127.0.0.1:9/metrics"';

/** Stages long enough that the rollout is still baking when everything breaks. */
const lines = { stages: "[{ cohort: first, bake: 4s }, { cohort: all, bake: 5m }]" };

const inventory = { good: `echo '["h2","h3","h4"]'\n`, broken: "echo the database is down >&2; exit 3\n" };

function files(): Record<string, string> {
  return {
    ...smallFleet({ hosts: 4, lines }),
    "cohorts/all.yaml": 'includes: [first]\nfrom: "sh ./inventory.sh"\n',
    "cohorts/inventory.sh": inventory.good,
  };
}

/** Nothing of this is needed to go back; everything of it would refuse a deploy. */
function breakEverything(place: Place): void {
  const config = smallFleet({
    hosts: 4,
    top: "flgs: { a: b }\nprometheus: { url: 12 }\n",
    lines: {
      ...lines,
      env: '{ TOKEN: "$' + '{NOPE}" }',
      keeep: "5",
      metrics: `{ p99_latency: { from: nowhere, url: ${nowhere} }, other: 12 }`,
      assertions: '["p99_latency <", "no_such_metric > 4"]',
      source: '{ type: http, url: "http://127.0.0.1:9/{version}.tar.gz" }',
      on_failure: "panic",
    },
  })["ship.config.yaml"];
  place.write("ship.config.yaml", `${config}  web:\n    path: [12]\n    activate: 7\n    stages: all\n`);
  place.write("cohorts/inventory.sh", inventory.broken);
}

/** Looks at the sandbox, or breaks something of it, with a config that is whole for so long. */
async function whole<T>(place: Place, effect: () => Promise<T>): Promise<T> {
  for (const [file, text] of Object.entries(files())) place.write(file, text);
  const result = await effect();
  breakEverything(place);
  return result;
}

async function api(place: Place, name: string): Promise<string> {
  const found = (await hostsOf(place)).find((host) => host.name === name);
  return join(found?.home ?? "", "api");
}

/** What somebody did by hand: the link is elsewhere, and what runs is not. */
async function drift(place: Place, name: string): Promise<void> {
  const folder = await api(place, name);
  const other = readdirSync(join(folder, "releases")).find((entry) => /^v407-[0-9a-f]+$/.test(entry)) ?? "";
  expect(readlinkSync(join(folder, "current"))).not.toContain(other);
  rmSync(join(folder, "current"));
  symlinkSync(`releases/${other}`, join(folder, "current"));
}

/** The release that a host goes back to carries the mark of a bad one. */
async function mark(place: Place, name: string): Promise<void> {
  const folder = await api(place, name);
  const good = readdirSync(join(folder, "releases")).find((entry) => /^v407-[0-9a-f]+$/.test(entry)) ?? "";
  mkdirSync(join(folder, ".ship/bad"), { recursive: true });
  writeFileSync(join(folder, ".ship/bad", good), "");
}

describe("when everything is broken that a rollback does not need", { timeout: slow }, () => {
  let place: Place;
  beforeAll(async () => {
    place = openPlace(files());
    expect((await place.ship(["sandbox", "up"])).exit).toBe(0);
    expect((await place.ship(["lock", "--reason", "nobody ships on Sundays"])).exit).toBe(0);
    expect((await place.ship(["--version", "v408"])).exit).toBe(6);
    expect((await place.ship(["unlock"])).exit).toBe(0);
  }, slow);
  afterAll(() => place.close());

  test("ship rollback takes over from a running rollout, brings every reachable host back, and names the others (cells 76, 79)", async () => {
    const running = place.start(["-c", "api", "--version", "v408", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    expect((await place.ship(["lock", "--reason", "an incident"])).exit).toBe(0);
    await drift(place, "h3");
    await mark(place, "h1");
    expect((await place.ship(["sandbox", "break", "h2", "down"])).exit).toBe(0);
    breakEverything(place);
    const deploy = await place.ship(["-c", "api", "--version", "v407"]);
    expect(deploy.exit, said(deploy)).toBe(2);
    const back = await place.ship(["rollback", "-c", "api", "--json"]);
    expect(back.exit, said(back)).toBe(4);
    const warnings = back.events.flatMap((event) => (event.type === "warned" ? [event.text] : []));
    expect(warnings.join("\n")).toMatch(
      /The inventory of all failed: its hosts are those of the list of \S+ that \S+ keeps/,
    );
    expect(warnings.join("\n")).toMatch(/"NOPE" is not set/);
    const end = back.events.find(is("rollout.ended"));
    expect(end?.type === "rollout.ended" && end.hosts.map(({ host, state }) => `${host} ${state}`)).toEqual([
      "h1 restored",
      "h2 unknown",
      "h3 restored",
      "h4 restored",
    ]);
    expect(said(back)).toContain("ship rollback -c api --only-hosts h2");
    const dead = await running.ended;
    expect(dead.exit, said(dead)).toBe(5);
    expect(dead.events.some(is("host.reverted"))).toBe(false);
    const there = await whole(place, () => answering(place));
    expect(there.filter((line) => !line.startsWith("h2"))).toEqual(["h1 v407", "h3 v407", "h4 v407"]);
  });

  test("status and why are told as well, with the hosts of the inventory that fails", async () => {
    const status = await place.ship(["status", "-c", "api"]);
    expect(status.exit, said(status)).toBe(0);
    expect(status.stdout).toContain("h2");
    expect(said(status)).toContain("The inventory of all failed");
    const why = await place.ship(["why", "-c", "api"]);
    expect(why.exit, said(why)).toBe(0);
    expect(why.stdout).toContain("h2");
  });

  test("the host that was away goes back when it answers again, by the same command, which then does nothing more", async () => {
    const up = await whole(place, () => place.ship(["sandbox", "break", "h2", "up"]));
    expect(up.exit, said(up)).toBe(0);
    const back = await place.ship(["rollback", "-c", "api"]);
    expect(back.exit, said(back)).toBe(0);
    expect(await whole(place, () => answering(place))).toEqual(all(hosts, "v407"));
    const again = await place.ship(["rollback", "-c", "api", "--json"]);
    expect(again.exit, said(again)).toBe(0);
    expect(again.events.some((event) => /^host\.(reverted|switched|fenced)$/.test(event.type))).toBe(false);
  });

  test("where no host is known but by a list that nobody keeps, nothing is claimed", async () => {
    rmSync(join(place.folder, ".ship/fleet"));
    for (const { home } of await whole(place, () => hostsOf(place)))
      rmSync(join(home, "api/.ship/fleet"), { force: true });
    const back = await place.ship(["rollback", "-c", "api"]);
    expect(back.exit, said(back)).toBe(4);
    expect(said(back)).toContain("Hosts of all may still be where they were");
  });
});

describe("a rollback that is killed, with everything broken", { timeout: slow }, () => {
  test("goes on rolling back at the next try, from a folder that has no list of its own (cell 78)", async () => {
    const place = openPlace(files());
    try {
      await place.ship(["sandbox", "up"]);
      const running = place.start(["-c", "api", "--version", "v408", "--json"]);
      await running.until((event) => event.type === "bake.started" && event.stage === "all");
      running.kill("SIGKILL");
      await running.ended;
      breakEverything(place);
      const first = place.start(["rollback", "-c", "api", "--json"]);
      await first.until(is("host.reverted"));
      first.kill("SIGKILL");
      await first.ended;
      rmSync(join(place.folder, ".ship/fleet"));
      const second = await place.ship(["rollback", "-c", "api", "--json"]);
      expect(second.exit, said(second)).toBe(0);
      expect(said(second)).toMatch(/the list of \S+ that h1 keeps/);
      expect(await whole(place, () => answering(place))).toEqual(all(hosts, "v407"));
      expect((await recorded(place)).every((line) => / v407 (proven|reverted)$/.test(line))).toBe(true);
    } finally {
      await place.close();
    }
  });
});
