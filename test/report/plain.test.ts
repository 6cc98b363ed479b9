import { expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { openPlain } from "../../src/report/plain.ts";
import { golden } from "./golden.ts";
import { screen } from "./screen.ts";
import { judgement, story } from "./story.ts";

async function told(events: readonly Event[], verbose = false) {
  const page = screen();
  const reporter = openPlain(page, verbose);
  for (const event of events) reporter.report(event);
  await reporter.close();
  return page;
}

test("a good rollout", async () => {
  await golden("plain-good", (await told(story({ hosts: 12, ending: "good", said: "" }))).out());
});

test("a bad rollout", async () => {
  const page = await told(story({ hosts: 12, ending: "bad", said: "bind: \u001b[31maddress in use\r" }));
  await golden("plain-bad", page.out());
  expect(page.err()).toBe("22:32:07  the clock of api-03 is 4 s behind\n          │ look at its time service\n");
});

test("verbose tells every event", async () => {
  const events = story({ hosts: 5, ending: "good", said: "" });
  const page = await told(events, true);
  await golden("plain-verbose", page.out());
  const lines = page
    .out()
    .split("\n")
    .filter((line) => /^\d\d:\d\d:\d\d /.test(line));
  expect(lines.length).toBe(events.length - 2);
});

test("an assertion that flaps is told every five seconds at most", async () => {
  const flap = (second: number): Event => ({
    type: "assertion.judged",
    stage: "beta",
    judgement: judgement("x < 1", second % 2 === 0 ? "pass" : "fail", 1, 1),
    time: new Date(second * 1000).toISOString(),
    seq: second,
  });
  const page = await told(Array.from({ length: 60 }, (_, second) => flap(second)));
  const lines = page.out().trimEnd().split("\n");
  expect(lines.length).toBe(12);
  expect(lines[0]).toContain("beta  pass  x < 1");
  expect(lines[1]).toContain("beta  fail  x < 1");
});

test("a failed command", async () => {
  const page = await told([
    {
      type: "command.failed",
      outcome: "usage",
      message: "ship.config.yaml has two mistakes",
      hint: "ship explain components",
      details: ["ship.config.yaml:3:5  pth is not known\n   pth: /srv\n   ^^^", "ship.config.yaml:9:1  \u001b[2J"],
      time: "2026-11-21T22:30:00.000Z",
      seq: 1,
    },
  ]);
  expect(page.out()).toBe("");
  await golden("plain-failed", page.err());
});
