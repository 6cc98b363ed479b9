import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { openWatchPage } from "../../src/report/watch.ts";
import { screen } from "./screen.ts";
import { judgement } from "./story.ts";

const pass = judgement("p99_latency < 50", "pass", 43, 50);
const other = judgement("active_cons > 10", "pass", 120, 10);
const far = {
  ...judgement("p99_latency < 50", "fail", 91, 50),
  hosts: Array.from({ length: 30 }, (_, at) => `h${at * 2}`),
};

test("draws over the page before, each assertion in its place with its readings", () => {
  const page = screen({ color: true, columns: 60 });
  const watch = openWatchPage(page, "api");
  watch.draw([pass, other], 0);
  const first = page.out();
  watch.draw([far, other], 1000);
  const second = page.out().slice(first.length);
  expect(first).not.toContain("\u001b[6A");
  expect(second.startsWith("\u001b[6A\r")).toBe(true);
  const lines = stripVTControlCharacters(second).trim().split("\n");
  expect(lines).toMatchObject([
    expect.stringMatching(/^api {2}..:..:.. {2}Ctrl-C ends$/),
    "1 of 2 assertions fails.",
    "  fail       p99_latency < 50  91 against 50   ▁█",
    expect.stringMatching(/^ {13}3 of the last 5 readings, 1204 events, on.*…$/),
    "  pass       active_cons > 10  120 against 10  ▄▄",
    "             1204 events",
  ]);
  expect(lines.every((line) => line.length < 60)).toBe(true);
});

test("is no taller than the terminal", () => {
  const page = screen({ rows: 8 });
  const many = Array.from({ length: 40 }, (_, at) => judgement(`m${at} < 9`, "pass", at, 9));
  openWatchPage(page, "api").draw(many, 0);
  expect(page.out().split("\n").length).toBe(8);
  const unknown = screen();
  const { rows: _, ...rest } = unknown;
  openWatchPage(rest, "api").draw(many, 0);
  expect(unknown.out().split("\n").length).toBe(24);
});
