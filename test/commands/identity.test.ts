import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { holderHere, livesHere } from "../../src/commands/identity.ts";
import { holderText } from "../../src/core/holder.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process of this machine that holds a component, as a run of ship would say it. */
function holding(): { readonly child: ChildProcess; readonly holder: string } {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  children.push(child);
  const pid = child.pid ?? 0;
  const start = fields(pid)[19] ?? "";
  return { child, holder: holderText({ ...holderHere(new Date()), pid, start }) };
}

function fields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

test.runIf(process.platform === "linux")("a process that is there lives, and one that is gone does not", async () => {
  const { child, holder } = holding();
  expect(livesHere(holder)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(livesHere(holder)).toBe(false);
});

test.runIf(process.platform === "linux")(
  "of one that is stopped only its signs of life can tell (cell 10)",
  async () => {
    const { child, holder } = holding();
    child.kill("SIGSTOP");
    await expect.poll(() => fields(child.pid ?? 0)[0]).toBe("T");
    expect(livesHere(holder)).toBe(undefined);
    child.kill("SIGCONT");
    await expect.poll(() => livesHere(holder)).toBe(true);
  },
);

test("another machine's process cannot be asked for", () => {
  expect(livesHere(holderText({ ...holderHere(new Date()), machine: "elsewhere/0" }))).toBe(undefined);
});
