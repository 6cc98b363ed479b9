import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/core/host.ts";
import { type OwnRate, type Paces, withPace } from "../../../src/core/pace.ts";
import type { Options } from "../../../src/core/rollout/state.ts";
import { readBeat, type Word, wordText } from "../../../src/core/sign.ts";
import { Desk, hostPlan, stagePlan } from "./desk.ts";

const hosts = ["a", "b", "c", "d", "e", "f"];

/** A stage of six hosts of which four may change at once, as it begins. */
function begun(options: Partial<Options> = {}): Desk {
  const plans = hosts.map((name) => hostPlan(name));
  const desk = new Desk([stagePlan("all", plans, { width: 4, bake: 10_000 })], { options });
  desk.begin();
  for (const host of hosts) desk.answer(host, "fence");
  return desk;
}

let numbers = 0;

function said(desk: Desk, word: Word["word"], paces: Paces = []): void {
  numbers += 1;
  const text = wordText({ number: numbers, rollout: "r1", word, by: "ada", why: "so", approved: [], paces });
  const heard: Answer = { type: "heard", word: text };
  desk.input({
    type: "beaten",
    at: desk.now,
    host: "a",
    count: desk.state.beating.pending.get("a") ?? 0,
    answer: heard,
  });
}

const set = (desk: Desk, rate: OwnRate, value: number) => said(desk, "rate", withPace([], rate, value));
const types = (desk: Desk) => desk.told.map(({ type }) => type).filter((type) => type.startsWith("rollout."));
const arming = (desk: Desk) => hosts.filter((host) => desk.at(host) === "arming");
const throttles = (desk: Desk) => desk.wanted.flatMap((effect) => (effect.type === "throttle" ? [effect.rate] : []));

/** All bytes are there. */
function place(desk: Desk): void {
  for (const host of hosts) if (desk.at(host) === "placing") desk.answer(host, "place");
}

/** Carries a host through, until it is confirmed. */
function through(desk: Desk, host: string): void {
  for (const order of ["arm", "switch", "activate"] as const) desk.answer(host, order);
  desk.checked(host);
  if (desk.at(host) === "undraining") desk.answer(host, "undrain");
  desk.answer(host, "confirm");
}

describe("the width", () => {
  test("holds for the next host: those in hand go on, and it never takes more out of service than the config allows", () => {
    const desk = begun();
    place(desk);
    expect(arming(desk)).toEqual(["a", "b", "c", "d"]);
    set(desk, "width", 1);
    expect(desk.told.at(-1)).toEqual({ type: "rollout.paced", rate: "ship.width", value: 1, by: "ada", why: "so" });
    for (const host of ["a", "b", "c"]) through(desk, host);
    expect(arming(desk)).toEqual(["d"]);
    through(desk, "d");
    expect(arming(desk)).toEqual(["e"]);
    set(desk, "width", 100);
    expect(arming(desk)).toEqual(["e", "f"]);
    const wide = begun();
    set(wide, "width", 100);
    place(wide);
    expect(arming(wide)).toEqual(["a", "b", "c", "d"]);
  });

  test("of 0 pauses: hosts in hand are finished, no stage passes; what it was before holds when it goes on", () => {
    const desk = begun();
    set(desk, "width", 2);
    place(desk);
    set(desk, "width", 0);
    for (const host of ["a", "b"]) through(desk, host);
    desk.tick(60_000);
    expect(arming(desk)).toEqual([]);
    expect(types(desk)).toEqual(["rollout.paced", "rollout.paced", "rollout.paused"]);
    said(desk, "resume");
    expect(types(desk).at(-1)).toBe("rollout.resumed");
    expect(arming(desk)).toEqual(["c", "d"]);
  });

  test("that is raised resumes, unless somebody paused it besides", () => {
    const desk = begun();
    set(desk, "width", 0);
    said(desk, "pause");
    place(desk);
    set(desk, "width", 3);
    expect(arming(desk)).toEqual([]);
    said(desk, "resume");
    expect(arming(desk)).toEqual(["a", "b", "c"]);
    set(desk, "width", 0);
    set(desk, "hosts_per_minute", 0);
    set(desk, "width", 3);
    expect(types(desk).at(-1)).toBe("rollout.paced");
    set(desk, "hosts_per_minute", 600);
    expect(types(desk).at(-1)).toBe("rollout.resumed");
  });

  test("of 0 lets no stage pass either", () => {
    const desk = begun();
    desk.go();
    desk.input({ type: "measured", at: desk.now, samples: [] });
    set(desk, "width", 0);
    desk.tick(60_000);
    desk.input({ type: "measured", at: desk.now, samples: [] });
    expect(desk.state.phase.name).toBe("baking");
    set(desk, "width", 1);
    expect(desk.state.phase.name).not.toBe("baking");
  });
});

describe("hosts a minute", () => {
  test("are begun evenly, a change of them holds for the next, and waiting for its turn is no reason to be held", () => {
    const desk = begun();
    set(desk, "hosts_per_minute", 6);
    place(desk);
    expect(arming(desk)).toEqual(["a"]);
    through(desk, "a");
    desk.tick(9_999);
    expect(arming(desk)).toEqual([]);
    expect(desk.state.phase.name).toBe("changing");
    desk.tick(1);
    expect(arming(desk)).toEqual(["b"]);
    set(desk, "hosts_per_minute", 60);
    desk.tick(1_000);
    expect(arming(desk)).toEqual(["b", "c"]);
  });
});

describe("the bandwidth", () => {
  test("is told to the uplink, leaves what is under way enough, and lets as few hosts begin as it can serve", () => {
    const desk = begun({ lanes: 4 });
    expect(hosts.filter((host) => desk.at(host) === "placing").length).toBe(4);
    set(desk, "bandwidth", 102_400);
    expect(throttles(desk)).toEqual([160_000]);
    for (const [host, rate] of [
      ["a", 120_000],
      ["b", 102_400],
    ] as const) {
      desk.answer(host, "place");
      expect(throttles(desk)).toEqual([rate]);
    }
    desk.answer("c", "place");
    expect(throttles(desk)).toEqual([]);
    expect(desk.at("e")).toBe("waiting");
    desk.answer("d", "place");
    expect(desk.at("e")).toBe("placing");
    expect(desk.at("f")).toBe("waiting");
  });

  test("of the config makes lanes, until another is set", () => {
    const desk = begun({ lanes: 4, bandwidth: 102_400 });
    expect(hosts.filter((host) => desk.at(host) === "placing")).toEqual(["a"]);
    set(desk, "bandwidth", 10_485_760);
    expect(hosts.filter((host) => desk.at(host) === "placing")).toEqual(["a", "b", "c", "d"]);
  });
});

describe("a word that sets one", () => {
  const beat = (desk: Desk) => {
    const told = desk.wanted.flatMap((effect) => (effect.type === "beat" ? [effect.beat.text] : []));
    return readBeat(`0\t${told[0] ?? ""}`);
  };

  test("stands in what the run says it does", () => {
    const desk = begun();
    set(desk, "hosts_per_minute", 6);
    expect(beat(desk)?.doing).toBe("changing stage all, 0 of 6 hosts (ship.hosts_per_minute 6)");
    set(desk, "width", 0);
    expect(beat(desk)?.doing).toContain("paused by ship.width 0, changing stage all");
  });

  test("that names none, or comes when no host is to be changed, is told to be in vain", () => {
    const desk = begun();
    said(desk, "rate");
    expect(desk.state.steered.vain).toBe(true);
    place(desk);
    through(desk, "a");
    said(desk, "abort");
    set(desk, "width", 2);
    expect(desk.state.steered).toMatchObject({ vain: true, paces: [] });
    expect(desk.told.at(-1)).toMatchObject({ text: "ada set ship.width 2, and no host is to be changed any more." });
  });

  test("outlives the run that it was said to", () => {
    const paces = withPace(withPace([], "bandwidth", 204_800), "width", 0);
    const desk = begun({ steered: { taken: 1, paused: undefined, approved: [], paces } });
    expect(desk.told.slice(0, 2)).toMatchObject([
      { type: "warned", text: "It goes on as it was set while it ran: ship.bandwidth 200KB/s, ship.width 0." },
      { type: "rollout.paused", by: "ship.width 0" },
    ]);
    expect(desk.state.bytes.rate).toBe(204_800);
    place(desk);
    expect(arming(desk)).toEqual([]);
    const back = new Desk([stagePlan("all", [hostPlan("a")])], {
      plan: { direction: "rollback" },
      options: { asked: "rollback", steered: { taken: 1, paused: undefined, approved: [], paces } },
    });
    back.begin();
    expect(back.told, "a rollback is held up by none of that").toEqual([]);
  });
});
