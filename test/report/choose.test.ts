import { expect, test } from "vitest";
import { chooseOutput } from "../../src/report/choose.ts";

const terminal = { asked: undefined, json: false, isTTY: true, columns: 80, env: {} };

test.each([
  ["a terminal", {}, "tty"],
  ["a pipe", { isTTY: false }, "plain"],
  ["a pseudo-terminal without width", { columns: 0 }, "plain"],
  ["a narrow one", { columns: 20 }, "plain"],
  ["a CI system", { env: { CI: "true" } }, "plain"],
  ["CI switched off", { env: { CI: "false" } }, "tty"],
  ["a terminal that cannot move its cursor", { env: { TERM: "dumb" } }, "plain"],
  ["GitHub Actions", { env: { CI: "true", GITHUB_ACTIONS: "true" }, isTTY: false }, "github"],
  ["what was asked for", { asked: "tty" as const, env: { GITHUB_ACTIONS: "true" } }, "tty"],
  ["json", { json: true, asked: "tty" as const }, "json"],
])("%s", (_, given, output) => {
  expect(chooseOutput({ ...terminal, ...given })).toBe(output);
});
