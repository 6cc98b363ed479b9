import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { run as runFlag } from "../../src/commands/flag.ts";
import { run as runRate } from "../../src/commands/rate.ts";

const config = `ssh: { user: deploy }
components:
  api: { source: { type: dir, path: "{version}" }, path: api, activate: "true", healthy: { type: exec, run: "true", proof: none } }
flags:
  lxc: { components: [api], variants: { "on": true, "off": false }, default: "off", owner: runtime, expires: 2020-03-01 }
  gzip: { components: [api], variants: { fast: 1, best: 9 }, default: fast }
rates:
  publish: { component: api, default: 10, min: 0, max: 500 }
  resize: { component: api, default: 0.5 }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-list-"));
  mkdirSync(join(folder, "cohorts"));
  writeFileSync(join(folder, "ship.config.yaml"), config);
  writeFileSync(join(folder, "cohorts/all.yaml"), "hosts: [h1]\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the command prints, as lines. */
async function lines(command: "flag" | "rate", json: boolean): Promise<readonly string[]> {
  const write = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  const run = command === "flag" ? runFlag : runRate;
  const exit = await run({ command, arguments: ["list"], options: { json, config: join(folder, "ship.config.yaml") } });
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
  write.mockRestore();
  expect(exit, text).toBe(0);
  return text.trimEnd().split("\n");
}

test("a program reads the flags as events, one a line", async () => {
  const told = (await lines("flag", true)).map((line) => JSON.parse(line));
  expect(told).toEqual([
    expect.objectContaining({
      ...{ type: "flag.declared", flag: "lxc", components: ["api"], variants: { on: true, off: false } },
      ...{ default: "off", owner: "runtime", expires: "2020-03-01", expired: true },
    }),
    expect.objectContaining({
      ...{ type: "flag.declared", flag: "gzip", variants: { fast: 1, best: 9 }, default: "fast" },
      ...{ owner: null, expires: null, expired: false },
    }),
    expect.objectContaining({ type: "command.ended", command: "flag", exit: 0 }),
  ]);
});

test("a program reads the rates as events, one a line", async () => {
  const told = (await lines("rate", true)).map((line) => JSON.parse(line));
  expect(told).toEqual([
    expect.objectContaining({
      type: "rate.declared",
      rate: "publish",
      component: "api",
      default: 10,
      min: 0,
      max: 500,
    }),
    expect.objectContaining({ type: "rate.declared", rate: "resize", default: 0.5, min: 0, max: null }),
    expect.objectContaining({ type: "command.ended", command: "rate", exit: 0 }),
  ]);
});

test("people read a table, which names what should be gone", async () => {
  const [lxc, gzip] = await lines("flag", false);
  expect(lxc).toMatch(/^lxc +of api +on, off \(default\) +runtime +expired 2020-03-01, \d+ days ago: remove it/);
  expect(gzip).toMatch(/^gzip +of api +fast \(default\), best +nobody's +no expiry/);
  const [publish, resize] = await lines("rate", false);
  expect(publish).toMatch(/^publish +of api +default 10 +0 to 500$/);
  expect(resize).toMatch(/^resize +of api +default 0.5 +0 or more$/);
});
