import { expect, test } from "vitest";
import { type FlagOnHost, flagOn } from "../../src/commands/flag-now.ts";
import type { Answer } from "../../src/core/host.ts";
import { nothingLive, outputCap } from "../../src/host/execute.ts";

const host = { name: "h1", address: "h1", port: undefined, user: undefined, labels: {}, cohort: "all" };

function reading(answer: Answer): Promise<FlagOnHost> {
  return flagOn({ perform: async () => answer }, host, { component: "flag:lxc", path: "api/.ship/flags/lxc" });
}

const exited = (stdout: string, code = 0): Answer => ({ type: "exited", code, stdout });

test.each<[Answer, FlagOnHost]>([
  [exited('set\n{"state":1}\n'), { type: "written", text: '{"state":1}\n' }],
  [exited("override 1790000000 ada\n{}"), { type: "edited", text: "{}" }],
  [exited("override ? ?\n"), { type: "edited", text: "" }],
  [exited("missing\n"), { type: "none", isRemoved: true }],
  [
    { type: "failed", detail: nothingLive, log: "" },
    { type: "none", isRemoved: false },
  ],
  [
    { type: "failed", detail: "it took longer than 10 s", log: "" },
    { type: "unknown", why: "it took longer than 10 s" },
  ],
  [
    { type: "unreachable", cause: "unreachable", reason: "no route" },
    { type: "unknown", why: "no route" },
  ],
  [{ type: "running" }, { type: "unknown", why: "it answered running" }],
  [exited("", 1), { type: "unknown", why: "its file cannot be read" }],
  [exited("set\n", 1), { type: "unknown", why: "its file cannot be read" }],
  [
    exited(`override 1 ada\n${"x".repeat(outputCap)}`.slice(0, outputCap), 141),
    { type: "unknown", why: "its file is too large to be read from here" },
  ],
])("what a host says of its flag's file: %#", async (answer, read) => {
  expect(await reading(answer)).toEqual(read);
});
