import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import type { Reporter } from "../../src/report/reporter.ts";
import { openTty } from "../../src/report/tty.ts";
import { type Screen, screen } from "./screen.ts";
import { judgement, type Story, story } from "./story.ts";

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
const UP = "\u001b[1A";

const tale: Story = { hosts: 12, ending: "good", said: "boom" };

/** Tells the events; the renderer gets its turn when a stage changes, and time for a picture before one passes. */
async function tell(reporter: Reporter, events: readonly Event[]): Promise<void> {
  for (const event of events) {
    if (event.type === "stage.passed") await picture();
    reporter.report(event);
    if (event.type.startsWith("stage.") || event.type.startsWith("rollback.")) await turn();
  }
  await turn();
}

/** The renderer loads its parts and settles its tasks in a few turns of the loop. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Longer than the view waits between two pictures. */
async function picture(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
}

/** Lines of the tallest picture: how far up the renderer went at most to erase one. */
function height(page: Screen): number {
  const erasures = page.out().match(/(?:\u001b\[2K\u001b\[1A)+/g) ?? [];
  return Math.max(0, ...erasures.map((erasure) => erasure.split(UP).length - 1));
}

async function shownWith(hosts: number): Promise<number> {
  const page = screen();
  const reporter = openTty(page);
  await tell(reporter, story({ ...tale, hosts }));
  await reporter.close();
  return height(page);
}

const upTo = (events: readonly Event[], type: Event["type"]) =>
  events.slice(0, events.findIndex((event) => event.type === type) + 1);

describe("the live view", () => {
  test("is as tall for a thousand hosts as for twelve, and fits the terminal", async () => {
    const small = await shownWith(12);
    expect(small).toBeGreaterThan(3);
    expect(small).toBeLessThan(24);
    expect(await shownWith(1000)).toBe(small);
  });

  test("fits the terminal with forty assertions", async () => {
    const page = screen();
    const reporter = openTty(page);
    const events = story(tale);
    const start = events.find((event) => event.type === "stage.started");
    if (start === undefined) throw new Error("the story has no stage");
    await tell(reporter, upTo(events, "stage.started"));
    for (let i = 0; i < 40; i += 1) {
      reporter.report({
        ...start,
        type: "assertion.judged",
        stage: "internal",
        judgement: judgement(`m${i} < 9`, "pass", i, 9),
      });
    }
    await picture();
    await reporter.close();
    expect(page.out()).toContain("more assertions");
    expect(height(page)).toBeGreaterThan(10);
    expect(height(page)).toBeLessThan(24);
  });

  test("shows stages with their counts, assertions with a sparkline, and the bake", async () => {
    const page = screen();
    const reporter = openTty(page);
    const events = story(tale);
    await tell(reporter, upTo(events, "stage.passed").slice(0, -1));
    await picture();
    await reporter.close();
    const text = stripVTControlCharacters(page.out());
    expect(text).toMatch(/internal +1\/1 changed {2}0 bad/);
    expect(text).toMatch(/pass +p99_latency < 50 +43.1 against 50 +▅▁█▂/);
    expect(text).toMatch(/bake {2}[━─]{20} {2}/);
    expect(text).toMatch(/all +0\/8 changed {2}0 bad {2}waiting/);
  });

  test("says at once that it was paused, and by whom, until it goes on", async () => {
    const page = screen();
    const reporter = openTty(page);
    await tell(reporter, upTo(story(tale), "bake.started"));
    const stamp = { time: "2026-11-21T22:31:00.000Z", seq: 999 };
    const by = { by: "ada@desk\u001b[2J", why: "lunch" };
    reporter.report({ ...stamp, type: "rollout.paused", ...by });
    await picture();
    const paused = stripVTControlCharacters(page.out());
    expect(paused).toContain("paused by ada@desk\\x1b[2J: lunch (ship resume)");
    reporter.report({ ...stamp, type: "rollout.resumed", by: "ada", why: "" });
    reporter.report({ ...stamp, type: "approval.awaited", stage: "internal", index: 0, within: null });
    await picture();
    const awaited = stripVTControlCharacters(page.out()).slice(paused.length);
    expect(awaited).toContain("waits for somebody to approve it (ship approve --reason TEXT)");
    expect(awaited.slice(awaited.indexOf("waits for"))).not.toContain("paused by");
    await reporter.close();
  });

  test("leaves one line a stage, and prints the end page after the last picture", async () => {
    const page = screen();
    const reporter = openTty(page);
    await tell(reporter, story(tale));
    await reporter.close();
    const last = page.out().slice(page.out().lastIndexOf(SHOW));
    expect(last).toContain("✔ done  api v408");
    const left = stripVTControlCharacters(page.out().slice(page.out().lastIndexOf("\u001b[G")));
    expect(left.split("\n").slice(0, 3)).toEqual([
      expect.stringMatching(/^✔ internal +1\/1 changed {2}0 bad {2}passed after/),
      expect.stringMatching(/^✔ beta +3\/3 changed {2}0 bad {2}passed after/),
      expect.stringMatching(/^✔ all +8\/8 changed {2}0 bad {2}passed after/),
    ]);
  });

  test("shows the rollback as a task of its own, with its count", async () => {
    const page = screen();
    const reporter = openTty(page);
    await tell(reporter, story({ ...tale, ending: "bad" }));
    await reporter.close();
    const left = stripVTControlCharacters(page.out().slice(page.out().lastIndexOf("\u001b[G")));
    expect(left).toMatch(/✖ beta +2\/3 changed {2}1 bad {2}failed after/);
    expect(left).toMatch(/↓ all +not started/);
    expect(left).toMatch(/✔ rollback +3\/3 back/);
    expect(left.indexOf("rollback  ")).toBeLessThan(left.indexOf("✖ rolled-back"));
    expect(page.err()).toContain("the clock of api-03");
  });

  test("a rollback by request is one task", async () => {
    const page = screen();
    const reporter = openTty(page);
    const events = story({ ...tale, ending: "bad" });
    await tell(reporter, events.slice(events.findIndex((event) => event.type === "rollback.started")));
    await reporter.close();
    expect(stripVTControlCharacters(page.out())).toMatch(/✔ rollback +3\/3 back/);
  });

  test.each(["host.fenced", "stage.started", "bake.started", "stage.failed", "rollback.started"] as const)(
    "closed in the middle, after %s, gives the terminal back",
    async (type) => {
      const page = screen();
      const reporter = openTty(page);
      await tell(reporter, upTo(story({ ...tale, ending: "bad" }), type));
      await reporter.close();
      const out = page.out();
      expect(out.lastIndexOf(SHOW)).toBeGreaterThan(out.lastIndexOf(HIDE));
      await turn();
      expect(page.out()).toBe(out);
    },
  );

  test("a plan alone, as in a dry run, starts no picture", async () => {
    const page = screen();
    const reporter = openTty(page);
    await tell(reporter, upTo(story(tale), "plan.made"));
    await reporter.close();
    expect(page.out()).not.toContain("\u001b");
    expect(page.out()).toContain("plan  12 hosts in 3 stages (internal, beta, all), at least 42 m\n");
  });

  test("a failed command is told on stderr, after the picture", async () => {
    const page = screen();
    const reporter = openTty(page);
    const events = upTo(story(tale), "stage.started");
    const failed = {
      type: "command.failed",
      outcome: "locked",
      message: "bob took over",
      hint: "ship status",
      details: [],
    } as const;
    await tell(reporter, [...events, { ...failed, time: "2026-11-21T22:31:00.000Z", seq: 999 }]);
    await reporter.close();
    expect(page.err()).toBe("✖ locked  bob took over\n  ship status\n");
  });
});
