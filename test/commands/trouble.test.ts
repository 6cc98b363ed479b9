import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { localTrouble } from "../../src/commands/trouble.ts";
import { ShipError } from "../../src/core/error.ts";

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("what this machine's disk refused is an end with words, and no bug", () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-trouble-"));
  writeFileSync(join(folder, "file"), "");
  const inTheWay = thrownBy(() => mkdirSync(join(folder, "file/below")));
  expect(localTrouble(inTheWay)).toMatchObject({
    code: "refused",
    message: `ship cannot use ${join(folder, "file/below")} on this machine: something that is no folder is in the way.`,
  });
  rmSync(folder, { recursive: true });
  const denied = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), {
    code: "EACCES",
    syscall: "mkdir",
    path: "/x",
  });
  expect(localTrouble(denied)).toMatchObject({
    code: "refused",
    message: expect.stringContaining("permission is denied"),
  });
});

test("any other error stays what it is", () => {
  const others = [
    new TypeError("x"),
    "a text",
    new ShipError("usage", "m"),
    Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" }),
    Object.assign(new Error("no path"), { code: "EACCES", syscall: "connect" }),
  ];
  for (const other of others) expect(localTrouble(other)).toBe(other);
});
