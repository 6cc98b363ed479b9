import { expect, test } from "vitest";
import { openJson } from "../../src/report/json.ts";
import { screen } from "./screen.ts";
import { story } from "./story.ts";

test("S14, S15: one event a line and nothing else, on stdout alone, and none of it steers", async () => {
  const page = screen();
  const reporter = openJson(page);
  const events = story({ hosts: 12, ending: "bad", said: "\u001b[31m\n\u2028\u009b2J ##[error] section_start:" });
  for (const event of events) reporter.report(event);
  await reporter.close();
  const lines = page.out().trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(events.map((event) => JSON.parse(JSON.stringify(event))));
  expect(page.out()).not.toMatch(/[\u0000-\u0009\u007f-\u009f\u2028]|##\[|section_start/);
  expect(page.err()).toBe("");
});
