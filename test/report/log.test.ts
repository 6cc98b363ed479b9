import { expect, test } from "vitest";
import { logText, type RolloutEntry, rolloutsText } from "../../src/report/log.ts";
import { golden } from "./golden.ts";
import { story } from "./story.ts";

test("one line an event, whatever a host says", async () => {
  const events = story({ hosts: 5, ending: "bad", said: "exit 1\nand more" });
  const texts = events.map(logText);
  for (const text of texts) expect(text).not.toContain("\n");
  await golden("log", `${texts.join("\n")}\n`);
});

test("the list of rollouts", async () => {
  const one: RolloutEntry = {
    id: "r-7f3a",
    time: "2026-11-21T22:30:00.000Z",
    component: "api",
    version: "v408",
    by: "ada",
    why: "fixes the cache",
    outcome: "rolled-back",
    took: 733_000,
  };
  const two: RolloutEntry = { ...one, id: "r-81", why: undefined, outcome: undefined, took: undefined };
  await golden("rollouts", rolloutsText([one, two]));
  expect(rolloutsText([])).toBe("No rollouts yet.\n");
});
