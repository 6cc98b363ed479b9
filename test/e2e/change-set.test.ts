import { describe, expect, test } from "vitest";
import { all, answering, hostsOf, names, openFleet } from "./fleet.ts";
import { type Ended, type Place, said } from "./ship.ts";

const slow = 300_000;
const hosts = names(3);
const top = [
  'flags: { lxc: { components: [api], variants: { "on": true, "off": false }, default: "off" } }\n',
  "rates: { publish: { component: api, default: 10, max: 500 } }\n",
].join("");
const set = (version: string) => `version: ${version}\nflags: { lxc: on }\nrates: { publish: 25 }\n`;
const deploy = ["deploy", "--file", "changes.yaml", "--json"];

async function versions(place: Place, change: string): Promise<readonly string[]> {
  const { events } = await place.ship(["status", "-c", change, "--json"]);
  return events.flatMap((event) =>
    event.type === "host.observed" ? [`${event.host} ${event.version} ${event.phase}`] : [],
  );
}

/** The parts in the order of their turns: `forward api`, `rollback flag:lxc`. */
function turns({ events }: Ended): readonly string[] {
  return events.flatMap((event) =>
    event.type === "part.started" ? [`${event.direction} ${event.parts[event.index - 1]?.change}`] : [],
  );
}

function endOf({ events }: Ended) {
  return events.find((event) => event.type === "set.ended");
}

const pids = async (place: Place) => (await hostsOf(place)).map(({ app }) => app.pid);

describe("a change set", { timeout: slow }, () => {
  const fleet = openFleet({ top });

  test("that is killed in the midst of a part goes on with the same command, as the same set, where it stood", async () => {
    fleet().write("changes.yaml", set("v414"));
    const running = fleet().start(deploy);
    await running.until((event) => event.type === "host.confirmed" && event.rollout?.endsWith("-2of3") === true);
    running.kill("SIGKILL");
    const killed = await running.ended;
    const before = await pids(fleet());
    const ended = await fleet().ship(deploy);
    expect(ended.exit, said(ended)).toBe(0);
    expect([turns(killed), turns(ended)]).toEqual([
      ["forward api", "forward flag:lxc"],
      ["forward flag:lxc", "forward rate:publish"],
    ]);
    const first = killed.events.find((event) => event.type === "part.started");
    expect(endOf(ended)).toMatchObject({ set: first?.set, outcome: "done", exit: 0 });
    expect(await answering(fleet())).toEqual(all(hosts, "v414"));
    expect(await pids(fleet())).toEqual(before);
    expect(await versions(fleet(), "flag:lxc")).toEqual(all(hosts, "on proven"));
    expect(await versions(fleet(), "rate:publish")).toEqual(all(hosts, "25 proven"));
  });

  test("that is proven already changes nothing, and is one rollout for log and why", async () => {
    const again = await fleet().ship(deploy);
    expect(again.exit, said(again)).toBe(0);
    expect(again.events.filter(({ type }) => type === "part.started" || type === "rollout.started")).toEqual([]);
    expect(endOf(again)?.summary).toMatch(/proven already; nothing was changed/);
    const { stdout: log } = await fleet().ship(["log"]);
    expect(log.trim().split("\n")).toEqual([
      expect.stringMatching(/ [0-9a-f]{8} {2}api set: api v414, flag:lxc on, rate:publish 25 {2}done /),
    ]);
    const why = await fleet().ship(["why"]);
    expect(why.stdout).toMatch(
      /✔ done {2}change set [0-9a-f]{8} of api[\s\S]*✔ done {2}api v414[\s\S]*✔ done {2}rate:/,
    );
  });

  test("is taken back whole by a rollback, newest part first, also what had nothing before", async () => {
    const back = await fleet().ship(["rollback", "--json"]);
    expect(back.exit, said(back)).toBe(0);
    expect(turns(back)).toEqual(["rollback rate:publish", "rollback flag:lxc", "rollback api"]);
    expect(await answering(fleet())).toEqual(all(hosts, "v407"));
    expect(await versions(fleet(), "flag:lxc")).toEqual(all(hosts, "null reverted"));
    expect(await versions(fleet(), "rate:publish")).toEqual(all(hosts, "null reverted"));
  });

  test("that is killed between two parts goes on, as the same set", async () => {
    const running = fleet().start(deploy);
    await running.until((event) => event.type === "part.started" && event.index === 2);
    running.kill("SIGKILL");
    const first = (await running.ended).events.find((event) => event.type === "part.started");
    const ended = await fleet().ship(deploy);
    expect(ended.exit, said(ended)).toBe(0);
    expect(turns(ended)).toEqual(["forward flag:lxc", "forward rate:publish"]);
    expect(endOf(ended)?.set).toBe(first?.set);
  });

  test("shows all its parts in a dry run, and changes nothing", async () => {
    fleet().write("changes.yaml", set("v413"));
    const dry = await fleet().ship(["plan", "--file", "changes.yaml"]);
    expect(dry.exit, said(dry)).toBe(0);
    expect(dry.stdout).toMatch(
      /Part 1 of 3: api v413[\s\S]*Part 2 of 3: flag:lxc on[\s\S]*Part 3 of 3: rate:publish 25/,
    );
    expect(dry.stdout).toMatch(/When a part fails: all of them are put back, newest first\./);
    expect((await fleet().ship(["deploy", "--file", "changes.yaml", "--dry-run", "--json"])).events).toEqual([
      ...Array.from({ length: 3 }, () => expect.objectContaining({ type: "plan.made" })),
      expect.objectContaining({ type: "command.ended", exit: 0 }),
    ]);
    expect(await answering(fleet())).toEqual(all(hosts, "v414"));
  });

  test.each([
    ["an empty one", "# nothing\n", [], /the set is empty/],
    [
      "one with a flag twice",
      "changes: [{ flag: lxc, variant: on }, { flag: lxc, variant: off }]\n",
      [],
      /lxc stands in the set twice/,
    ],
    ["a version beside it", set("v414"), ["--version", "v414"], /--version cannot stand beside --file/],
    ["a file that is not there", undefined, ["--file", "none.yaml"], /there is no such file/],
  ])("%s is refused", async (_name, text, more, says) => {
    if (text !== undefined) fleet().write("wrong.yaml", text);
    const ended = await fleet().ship(["deploy", "--file", "wrong.yaml", ...more]);
    expect(ended.exit).toBe(2);
    expect(said(ended)).toMatch(says);
  });
});

describe("a change set that fails", { timeout: slow }, () => {
  const fleet = openFleet({ top });

  test("is put back whole, also when its runner is killed on the way, twice", async () => {
    fleet().write("changes.yaml", set("v413"));
    const running = fleet().start(deploy);
    await running.until((event) => event.type === "part.started" && event.direction === "rollback");
    running.kill("SIGKILL");
    await running.ended;
    expect(await answering(fleet())).toEqual(all(hosts, "v413"));
    const second = fleet().start(deploy);
    await second.until((event) => event.type === "rollback.started");
    second.kill("SIGKILL");
    await second.ended;
    const ended = await fleet().ship(deploy);
    expect(ended.exit, said(ended)).toBe(3);
    expect(turns(ended)).toEqual(["rollback api"]);
    expect(endOf(ended)?.parts.map(({ change, state }) => `${change} ${state}`)).toEqual([
      "api put back",
      "flag:lxc put back",
      "rate:publish left as it was",
    ]);
    expect(await answering(fleet())).toEqual(all(hosts, "v407"));
    expect((await versions(fleet(), "flag:lxc"))[0]).toBe("h1 null reverted");
    const again = await fleet().ship(deploy);
    expect(again.exit, said(again)).toBe(6);
    expect(turns(again)).toEqual([]);
  });
});

describe("a change set that fails, with its remedies in order", { timeout: slow }, () => {
  const fleet = openFleet({ top, lines: { remedy: "[rate, flag, release]" } });

  test("loses only its flag where the evidence is good after that", async () => {
    fleet().write("changes.yaml", set("v413"));
    const ended = await fleet().ship(deploy);
    expect(ended.exit, said(ended)).toBe(3);
    expect(turns(ended)).toEqual(["forward api", "forward flag:lxc"]);
    expect(ended.events.find((event) => event.type === "set.measured")).toMatchObject({ verdict: "pass" });
    expect(endOf(ended)?.parts.map(({ state }) => state)).toEqual(["stays", "put back", "not begun"]);
    expect(endOf(ended)?.summary).toMatch(/Put back: flag:lxc\. The evidence is good since/);
    expect(await answering(fleet())).toEqual(all(hosts, "v413"));
    expect((await versions(fleet(), "flag:lxc"))[0]).toBe("h1 null reverted");
  });
});
