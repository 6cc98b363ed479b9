import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keepSecrets } from "../../src/commands/secret.ts";
import { openTelling } from "../../src/commands/telling.ts";

const folder = mkdtempSync(join(tmpdir(), "ship-telling-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const output = { write: () => {}, warn: () => {}, columns: 80, color: false, env: {} };
const warned = (text: string) => ({ type: "warned", text, hint: undefined }) as const;

function textsIn(file: string): readonly string[] {
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  return lines.map((line) => {
    const { rollout, text } = JSON.parse(line);
    return `${rollout} ${text}`;
  });
}

test("one rollout after the other has its journal and its view; what is told between them belongs to the next", async () => {
  const views: string[][] = [];
  const open = async () => {
    const shown: string[] = [];
    views.push(shown);
    return {
      report: (event: object) => void shown.push("text" in event ? String(event.text) : ""),
      close: async () => void shown.push("closed"),
    };
  };
  const telling = await openTelling({ open, output, secrets: keepSecrets() });
  telling.tell(warned("one"));
  telling.enter("r1", folder);
  telling.tell(warned("two"));
  await telling.turn("leave");
  telling.tell(warned("three"));
  expect(telling.rolling()).toBe(false);
  telling.enter("r2", folder);
  await telling.turn("stay");
  telling.tell(warned("four"));
  await telling.end();
  expect(readdirSync(folder).sort()).toEqual(["r1.ndjson", "r2.ndjson"]);
  expect(textsIn("r1.ndjson")).toEqual(["r1 one", "r1 two"]);
  expect(textsIn("r2.ndjson")).toEqual(["r2 three", "r2 four"]);
  expect(views).toEqual([
    ["one", "two", "closed"],
    ["three", "closed"],
    ["four", "closed"],
  ]);
});
