import { afterEach, expect, test, vi } from "vitest";
import { run } from "../../src/commands/explain.ts";

const write = vi.spyOn(process.stdout, "write");
afterEach(() => write.mockReset());

async function lines(key: string | undefined, options: Readonly<Record<string, boolean>>) {
  write.mockImplementation(() => true);
  const exit = await run({ command: "explain", arguments: key === undefined ? [] : [key], options });
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
  return { exit, lines: text.trimEnd().split("\n") };
}

test("a program reads the manual as events, one a line, and nothing else", async () => {
  const json = { json: true };
  for (const [key, options, type, exit] of [
    ["keep", json, "key.explained", 0],
    [undefined, json, "key.explained", 0],
    ["kep", json, "key.unknown", 2],
    [undefined, { ...json, schema: true }, "config.schema", 0],
  ] as const) {
    const said = await lines(key, options);
    write.mockReset();
    expect(said.lines.map((line) => JSON.parse(line))).toMatchObject([{ type }, { type: "command.ended", exit }]);
    expect(said.exit).toBe(exit);
  }
});

test("without --json it is text", async () => {
  expect((await lines("keep", {})).lines[0]).toContain("keep");
});
