import { describe, expect, test } from "vitest";
import { all, names, openFleet, recorded } from "./fleet.ts";
import { is, said } from "./ship.ts";

const slow = 480_000;
const hosts = names(5);

describe("ship's own rates", { timeout: slow }, () => {
  const place = openFleet({
    hosts: 5,
    lines: { stages: "[{ cohort: first, bake: 4s }, { cohort: all, bake: 4s, approve: true }]", max_unavailable: "4" },
  });
  const set = (...args: readonly string[]) => place().ship(["rate", "set", ...args]);

  test("are set from another process while a rollout runs: 0 pauses it, and it goes on at the pace that is set then", async () => {
    const running = place().start(["--version", "v408", "--wait", "30m", "--json"]);
    await running.until(is("approval.awaited"));
    const narrow = await set("ship.width", "1", "--reason", "gently");
    expect(narrow.exit, said(narrow)).toBe(0);
    expect(said(narrow)).toMatch(/ship\.width 1: taken for rollout \S+ by /);
    const stopped = await set("ship.hosts_per_minute", "0");
    expect(stopped.exit, said(stopped)).toBe(0);
    await running.until(is("rollout.paused"));
    const status = await place().ship(["status"]);
    expect(said(status)).toMatch(/paused by ship\.hosts_per_minute 0, .*ship\.width 1/);
    const again = await set("ship.hosts_per_minute", "600", "--json");
    expect(again.events.find(is("rollout.steered")), said(again)).toMatchObject({
      word: "rate",
      rate: "ship.hosts_per_minute",
      value: 600,
      taken: true,
    });
    await running.until(is("rollout.resumed"));
    const approved = await place().ship(["approve", "--reason", "looks well"]);
    expect(approved.exit, said(approved)).toBe(0);
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(0);
    const paced = ended.events.flatMap((event) =>
      event.type === "rollout.paced" ? [`${event.rate} ${event.value}`] : [],
    );
    expect(paced).toEqual(["ship.width 1", "ship.hosts_per_minute 0", "ship.hosts_per_minute 600"]);
    expect(ended.events.find(is("rollout.paced"))).toMatchObject({ why: "gently" });
    const inHand = ended.events.flatMap((event) =>
      event.type === "host.armed" || event.type === "host.confirmed" ? [`${event.type} ${event.host}`] : [],
    );
    expect(inHand).toEqual(hosts.flatMap((host) => [`host.armed ${host}`, `host.confirmed ${host}`]));
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
  });

  test("wait on the hosts of a rollout that nobody runs, for whoever goes on with it", async () => {
    const running = place().start(["--version", "v409", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "first");
    running.kill("SIGKILL");
    await running.ended;
    const left = await set("ship.width", "1");
    expect(left.exit, said(left)).toBe(0);
    expect(said(left)).toContain("nobody runs rollout");
    const again = await place().ship(["--version", "v409", "--now", "--reason", "no bakes", "--json"]);
    expect(again.exit, said(again)).toBe(8);
    expect(said(again)).toContain("It goes on as it was set while it ran: ship.width 1.");
    expect((await place().ship(["abort", "--reason", "enough"])).exit).toBe(3);
  });

  test("have nothing to hold for where no rollout is open", async () => {
    const none = await set("ship.width", "1");
    expect(none.exit, said(none)).toBe(2);
    expect(said(none)).toMatch(/No rollout of api is open[\s\S]*max_unavailable/);
    expect((await set("ship.width", "0")).exit, "what does not run needs no stop").toBe(0);
    expect(said(await place().ship(["rate", "list"]))).toMatch(/ship\.hosts_per_minute/);
  });

  test.each([
    ["an unknown one", ["ship.widht", "1"], /no rate "ship\.widht" of its own[\s\S]*Did you mean ship\.width\?/],
    ["a part of a host", ["ship.width", "0.5"], /"0\.5" is no number of hosts/],
    ["a bandwidth without its unit", ["ship.bandwidth", "100"], /ship\.bandwidth cannot be "100"/],
    ["one with which no release comes in time", ["ship.bandwidth", "10KB/s"], /slower than 100KB\/s/],
    ["no number", ["ship.width"], /Which number\?/],
    ["some of the hosts", ["ship.width", "1", "--only-hosts", "h1"], /ship\.width takes no --only-hosts/],
  ])("%s is refused", async (_name, words, says) => {
    const ended = await set(...words);
    expect(ended.exit, said(ended)).toBe(2);
    expect(said(ended)).toMatch(says);
  });
});

describe("a rate that is set at once while a release is rolled out", { timeout: slow }, () => {
  const place = openFleet({
    top: "rates: { publish: { component: api, default: 10, max: 500 } }\n",
    lines: { stages: "[{ cohort: first, bake: 4s }, { cohort: all, bake: 30m }]" },
  });

  test("is noted by that rollout, which begins its bake anew", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    const now = await place().ship(["rate", "set", "publish", "0", "--now", "--reason", "the queue is full"]);
    expect(now.exit, said(now)).toBe(0);
    expect(said(now)).toContain("remeasure: taken for rollout");
    const noted = await running.until(is("evidence.restarted"));
    expect(noted).toMatchObject({ why: "rate:publish is 0" });
    const again = await place().ship(["rate", "set", "publish", "0", "--now", "--reason", "once more"]);
    expect(said(again), "where nothing changed, nothing is measured anew").not.toContain("remeasure");
    expect((await place().ship(["abort", "--reason", "enough"])).exit).toBe(0);
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(3);
    const types = ended.events.map(({ type }) => type);
    expect(types.filter((type) => type === "evidence.restarted").length).toBe(1);
    expect(types[types.indexOf("evidence.restarted") + 1]).toBe("bake.started");
  });
});
