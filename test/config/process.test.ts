import { expect, test } from "vitest";
import { processOf } from "../../src/config/process.ts";

test.each([
  ["systemctl restart api", "api"],
  ["sudo -n systemctl restart api.service", "api.service"],
  ["sudo systemctl reload-or-restart app@1", "app@1"],
  ["sudo -n /usr/bin/systemctl restart api", "api"],
])("%s restarts a unit", (activate, unit) => {
  expect(processOf(undefined, activate)).toEqual({ type: "unit", unit });
});

test.each([
  "systemctl restart api worker",
  "systemctl --user restart api",
  "systemctl restart api && true",
  "./run",
  "systemctl stop api",
  "",
])("%j does not say which", (activate) => expect(processOf(undefined, activate)).toEqual({ type: "folder" }));

test("what is written goes first", () => {
  expect(processOf("folder", "systemctl restart api")).toEqual({ type: "folder" });
  expect(processOf({ unit: "web" }, "systemctl restart api")).toEqual({ type: "unit", unit: "web" });
  expect(processOf({ pidfile: "/run/a.pid" }, "")).toEqual({ type: "pidfile", path: "/run/a.pid" });
});
