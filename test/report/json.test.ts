import { expect, test } from "vitest";
import { openJson } from "../../src/report/json.ts";
import { screen } from "./screen.ts";
import { story } from "./story.ts";

test("one event a line and nothing else, on stdout alone", async () => {
  const page = screen();
  const reporter = openJson(page);
  const events = story({ hosts: 12, ending: "bad", said: "\u001b[31m\n\u2028" });
  for (const event of events) reporter.report(event);
  await reporter.close();
  expect(page.out()).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  expect(page.out()).not.toContain("\u001b");
  expect(page.err()).toBe("");
});
