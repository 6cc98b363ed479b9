import { expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { endOf } from "../../src/report/picture.ts";
import { follow, progress } from "../../src/report/progress.ts";
import { story } from "./story.ts";

/** How each stage stands when the story breaks off after the first event of this type, and the rollout is over. */
function endsAfter(type: Event["type"], ending: "good" | "bad") {
  const events = story({ hosts: 12, ending, said: "" });
  const seen = progress();
  for (const event of events.slice(0, events.findIndex((one) => one.type === type) + 1)) follow(seen, event);
  return [...seen.stages.values()].map((stage) => endOf(stage, seen, true));
}

test("a stage that was left in the middle has not failed", () => {
  expect(endsAfter("bake.started", "good")).toEqual(["stopped", "skipped", "skipped"]);
  expect(endsAfter("stage.passed", "good")).toEqual(["passed", "skipped", "skipped"]);
});

test("a stage that turned the rollout back has", () => {
  expect(endsAfter("rollback.started", "bad")).toContain("failed");
  expect(endsAfter("rollback.started", "bad")).not.toContain("stopped");
});
