import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/core/host.ts";
import type { Came } from "../../../src/core/origin.ts";
import { component } from "../../simulation/component.ts";
import { Desk, done, failed, hostPlan, lost, stagePlan } from "./desk.ts";

type Setting = { readonly spread?: boolean; readonly fetch?: boolean; readonly lanes?: number };

/** A stage of so many hosts, at the moment when they get their bytes. */
function desk(count: number, { spread = false, fetch = false, lanes }: Setting = {}): Desk {
  const hosts = Array.from({ length: count }, (_, index) => hostPlan(nameOf(index)));
  const policy = component([], { assertions: [], spread, fetch });
  const made = new Desk([stagePlan("all", hosts, { width: 100, bake: 0 })], {
    policy,
    options: lanes === undefined ? {} : { lanes },
  });
  made.begin();
  made.go(["place"]);
  return made;
}

const nameOf = (index: number) => `h${String(index + 1).padStart(2, "0")}`;

function came(from: Came["from"], instead?: string, more: Pick<Came, "untried"> = {}): Answer {
  const way = { from, bytes: from === "there" ? 0 : 1, ...(instead === undefined ? {} : { instead }), ...more };
  return { ...(done() as Extract<Answer, { type: "done" }>), came: way };
}

/** What is wanted now of hosts that get or pass on bytes: `h01`, `h04<h01`, `h01>3`. */
function wants(made: Desk): readonly string[] {
  return made.wanted.flatMap((effect) => {
    if (effect.type === "pass-on") return [`${effect.host}>${effect.takes}`];
    if (effect.type !== "order" || effect.order.type !== "place") return [];
    const { from } = effect.order;
    return [from === undefined ? effect.host : `${effect.host}<${from.url}`];
  });
}

const passes = (made: Desk, host: string, answer: Answer = { type: "serving", url: `http://${host}` }) =>
  made.input({ type: "passing", at: made.now, host, answer });

const placed = (made: Desk) => made.told.filter((happening) => happening.type === "host.placed");

describe("bytes", () => {
  test("go to all hosts of a stage at once, or to as many as there are lanes", () => {
    expect(wants(desk(5))).toEqual(["h01", "h02", "h03", "h04", "h05"]);
    const narrow = desk(5, { lanes: 2 });
    expect(wants(narrow)).toEqual(["h01", "h02"]);
    narrow.answer("h02", "place", came("here"));
    expect(wants(narrow)).toEqual(["h03"]);
    narrow.answer("h01", "place", failed);
    expect(wants(narrow)).toEqual([]);
  });

  test("are not begun to be sent while the rollout stands still", () => {
    const made = desk(4, { lanes: 1 });
    const paused = { number: 1, rollout: "r1", word: "pause", by: "you", why: "", approved: [] } as const;
    made.state = { ...made.state, steered: { ...made.state.steered, paused } };
    made.answer("h01", "place", came("here"));
    expect(wants(made)).toEqual([]);
  });

  test("are fetched from the artifact's address where the source has one, and only then", () => {
    const made = desk(1, { fetch: true });
    expect(wants(made)).toEqual(["h01"]);
    const known = desk(2, { fetch: true, lanes: 1 });
    const origin = { url: "http://a/x.tar.gz", headers: { A: "b" } };
    known.state = { ...known.state, given: { ...known.state.given, origin } };
    known.answer("h01", "place", came("url"));
    expect(known.wanted).toContainEqual(
      expect.objectContaining({ order: expect.objectContaining({ from: { by: "url", ...origin } }) }),
    );
  });

  test("and how they came are told", () => {
    const made = desk(4);
    made.answer("h01", "place", came("here", "it has neither curl nor wget"));
    made.answer("h02", "place");
    expect(placed(made)).toMatchObject([
      { host: "h01", from: "here", bytes: 1, instead: "it has neither curl nor wget" },
      { host: "h02", bytes: 1 },
    ]);
    expect(placed(made)[1]).not.toHaveProperty("from");
  });
});

describe("bytes that are spread", () => {
  /** Three hosts have theirs from here, and were asked to pass them on. */
  function begun(count: number, setting: Setting = {}): Desk {
    const made = desk(count, { spread: true, ...setting });
    expect(wants(made)).toEqual(["h01", "h02", "h03"]);
    return made;
  }

  test("begin with three copies from here, kept there to be passed on", () => {
    const made = begun(20);
    expect(made.wanted).toContainEqual(
      expect.objectContaining({ order: expect.objectContaining({ keepsArchive: true }) }),
    );
  });

  test("are sent from here to three hosts or fewer as ever", () => {
    expect(wants(desk(3, { spread: true }))).toEqual(["h01", "h02", "h03"]);
  });

  test("go on from each host that has them to three others, in the plan's order", () => {
    const made = begun(12);
    made.answer("h02", "place", came("here"));
    expect(wants(made)).toEqual(["h02>3"]);
    made.answer("h01", "place", came("here"));
    expect(wants(made)).toEqual(["h01>3"]);
    passes(made, "h02");
    expect(wants(made)).toEqual(["h04<http://h02", "h05<http://h02", "h06<http://h02"]);
    made.answer("h03", "place", came("here"));
    expect(wants(made)).toEqual(["h03>3"]);
    passes(made, "h01");
    expect(wants(made)).toEqual(["h07<http://h01", "h08<http://h01", "h09<http://h01"]);
    made.answer("h05", "place", came("relay"));
    expect(placed(made).at(-1)).toMatchObject({ host: "h05", from: "relay", relay: "h02" });
    expect(wants(made)).toEqual([]);
    passes(made, "h03");
    expect(wants(made)).toEqual(["h10<http://h03", "h11<http://h03", "h12<http://h03"]);
  });

  test("are passed on to no more than still wait, and by a host anew when it has done so before", () => {
    const made = begun(8);
    made.answer("h01", "place", came("here"));
    expect(wants(made)).toEqual(["h01>3"]);
    made.answer("h02", "place", came("here"));
    expect(wants(made)).toEqual(["h02>2"]);
    passes(made, "h02", failed);
    expect(wants(made)).toEqual(["h04"]);
    passes(made, "h01");
    expect(wants(made)).toEqual(["h05<http://h01", "h06<http://h01", "h07<http://h01"]);
    for (const host of ["h05", "h06"]) made.answer(host, "place", came("there"));
    expect(wants(made)).toEqual([]);
    made.answer("h07", "place", came("kept"));
    expect(wants(made)).toEqual(["h01>1"]);
  });

  test("are sent from here to a host whose relay gave it none, and no other is sent to that relay", () => {
    const made = begun(9, { lanes: 4 });
    made.answer("h01", "place", came("here"));
    expect(wants(made)).toEqual(["h01>2"]);
    passes(made, "h01");
    expect(wants(made)).toEqual(["h04<http://h01", "h05<http://h01"]);
    made.answer("h04", "place", came("here", "curl ended with code 7"));
    expect(made.state.bytes.barred).toEqual(new Set(["h01"]));
    expect(wants(made)).toEqual(["h04>1"]);
  });

  const bare = came("here", "it has neither curl nor wget", { untried: true });

  test("are sent from here to a host that has nothing to fetch them with, and its relay has room for another", () => {
    const made = begun(9, { lanes: 4 });
    made.answer("h01", "place", came("here"));
    passes(made, "h01");
    expect(wants(made)).toEqual(["h04<http://h01", "h05<http://h01"]);
    made.answer("h04", "place", bare);
    expect(made.state.bytes.barred.size).toBe(0);
    expect(wants(made)).toEqual(["h06<http://h01"]);
  });

  test("are all sent from here when three hosts had nothing to fetch them with", () => {
    const made = begun(12);
    made.answer("h01", "place", came("here"));
    passes(made, "h01");
    made.answer("h04", "place", bare);
    passes(made, "h01", failed);
    expect(made.state.bytes.barred).toEqual(new Set(["h01"]));
    made.answer("h05", "place", bare);
    expect(["h10", "h11", "h12"].map((host) => made.at(host))).toEqual(Array(3).fill("placing"));
  });

  test("are asked for again from here when the answer is lost", () => {
    const made = begun(5);
    made.answer("h01", "place", came("here"));
    passes(made, "h01");
    expect(wants(made)).toEqual(["h04<http://h01", "h05<http://h01"]);
    made.answer("h04", "place", lost);
    expect(wants(made)).toEqual(["h04"]);
    made.answer("h04", "place", came("here"));
    expect(made.state.bytes.barred.size).toBe(0);
  });

  test.each([
    [failed, "exit 1"],
    [lost, "cut"],
    [done(), "done"],
  ] as const)(
    "are all sent from here when three hosts could not pass them on, and that is said once: %j",
    (answer, why) => {
      const made = begun(7);
      for (const host of ["h01", "h02", "h03"]) {
        made.answer(host, "place", came("here"));
        if (made.wanted.some((effect) => effect.type === "pass-on")) passes(made, host, answer);
      }
      expect(made.state.bytes.barred.size).toBe(3);
      const warned = made.told.filter((happening) => happening.type === "warned");
      expect(warned).toMatchObject([{ text: expect.stringContaining(`cannot pass them on (h03: ${why})`) }]);
      expect(["h04", "h05", "h06", "h07"].map((host) => made.at(host))).toEqual(Array(4).fill("placing"));
    },
  );

  test("are sent from here in the place of a host that cannot pass them on", () => {
    const made = begun(7);
    made.answer("h01", "place", came("there"));
    expect(wants(made)).toEqual(["h04"]);
    made.answer("h02", "place", failed);
    expect(made.at("h05")).toBe("waiting");
  });

  test("what a host says that nobody asked changes nothing", () => {
    const made = begun(7);
    const before = made.state.bytes;
    passes(made, "h01");
    expect(made.state.bytes).toEqual(before);
  });
});

describe("how far they are", () => {
  const sent = (made: Desk) => made.told.filter((happening) => happening.type === "bytes.sent");
  const tick = (made: Desk, bytes: number | undefined) => {
    made.now += 600;
    made.input({ type: "ticked", at: made.now, ...(bytes === undefined ? {} : { sent: bytes }) });
  };

  test("is told once a second at most, and only when there is news", () => {
    const made = desk(3);
    tick(made, undefined);
    expect(sent(made)).toEqual([]);
    tick(made, 10);
    tick(made, 20);
    tick(made, 20);
    tick(made, 20);
    tick(made, 20);
    expect(sent(made)).toEqual([
      { type: "bytes.sent", stage: "all", sent: 10, size: 1, placing: 3, placed: 0, hosts: 3 },
      { type: "bytes.sent", stage: "all", sent: 20, size: 1, placing: 3, placed: 0, hosts: 3 },
    ]);
    made.answer("h01", "place", came("url"));
    tick(made, 20);
    tick(made, 20);
    expect(sent(made).at(-1)).toMatchObject({ sent: 20, placing: 2, placed: 1 });
  });

  test("is told of the next stage during a bake", () => {
    const made = new Desk([
      stagePlan("internal", [hostPlan("a", { cohort: "internal" })], { bake: 60_000 }),
      stagePlan("all", [hostPlan("b")]),
    ]);
    made.begin();
    made.go(["check"]);
    made.checked("a");
    made.answer("a", "confirm");
    expect(made.asks()).toContain("b place");
    tick(made, 5);
    tick(made, 5);
    expect(sent(made).at(-1)).toMatchObject({ stage: "all", placing: 1, hosts: 1 });
  });
});
