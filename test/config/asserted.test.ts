import { describe, expect, test } from "vitest";
import type { Complaint } from "../../src/config/complaint.ts";
import { component, load } from "./folder.ts";

const metrics = "{ p99_latency: { from: exec, run: x }, error_rate: { from: exec, run: y } }";

/** The ways in which YAML writes a text: what becomes of its characters, and the entry around them. */
const forms: readonly (readonly [string, (text: string) => string, (spelled: string) => string])[] = [
  ["plain", (text) => text, (spelled) => `- ${spelled}`],
  ["in single quotes", single, (spelled) => `- '${spelled}'`],
  ["in double quotes", double, (spelled) => `- "${spelled}"`],
  ["with how it is judged", single, (spelled) => `- { every: 5s, assert: '${spelled}' }`],
  ["over two lines", double, (spelled) => `- every: 5s\n        assert: "${spelled}"`],
];

function single(text: string): string {
  return text.replaceAll("'", "''");
}

function double(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A mistake, what the caret is under, what is said, and what was expected. */
const mistakes: readonly (readonly [string, string, RegExp, RegExp])[] = [
  ["p99_latnecy < 50", "p99_latnecy", /is not a metric/, /p99_latency/],
  ["cpu < 1 && p99_latnecy < 50", "p99_latnecy", /is not a metric/, /p99_latency/],
  ["p99_latency < '50'", "'50'", /only numbers and metrics/, /^50, without quotes$/],
  ['p99_latency < "50"', '"50"', /only numbers and metrics/, /^50, without quotes$/],
  ["p99_latency < '' || cpu < 'a'", "''", /only numbers and metrics/, /a condition such as/],
  ["p99_latency < true", "true", /metrics are numbers/, /a number/],
  ["p99_latency + (cpu < 1) < 50", "cpu < 1", /a number is needed/, /&&/],
  ["p99_latency < 50ms", "50ms", /has a unit/, /^50, in the unit of the metric$/],
  ["p99_latency < 50 ms", "50 ms", /has a unit/, /^50, in the unit of the metric$/],
  ["error_rate < 1%", "1%", /is a share/, /^0.01$/],
  ["cpu < 1 and rss < 5", "and", /is not a word/, /^&&$/],
  ["cpu < 1 or rss < 5", "or", /is not a word/, /^\|\|$/],
  ['cpu < 1 && "a".matches("(a+)+$")', '"a".matches', /matches cannot be called/, /min, max or abs/],
  ["cpu < 1 && matches('aaaa', '(a+)+$')", "matches", /matches cannot be called/, /min, max or abs/],
  ["cpu < 1 && size('a') > 0", "size", /size cannot be called/, /min, max or abs/],
  ["'\\n\\x41\\u0041'.size() < cpu", "'\\n", /size cannot be called/, /min, max or abs/],
  ["cpu < 1 ? rss < 1 : rss < 2", "cpu", /is not used/, /comparisons/],
  ["cpu < (rss < 1 ? 1 : 2)", "rss < 1 ?", /is not used/, /comparisons/],
];

describe.each(forms)("a mistake in an assertion, written %s", (form, spell, entry) => {
  const fitting = mistakes.filter(([text]) => form !== "plain" || !/^'|: /.test(text));
  test.each(fitting)("%s", async (text, under, message, expected) => {
    const complaint = await only(entry(spell(text)));
    expect(complaint.file).toBe("ship.config.yaml");
    expect(complaint.message).toMatch(message);
    expect(complaint.expected ?? "").toMatch(expected);
    expect(complaint.line).toBe(form === "over two lines" ? 10 : 9);
    expect(pointedAt(complaint).slice(0, spell(under).length)).toBe(spell(under));
  });
});

test("the caret is right after characters that YAML spells otherwise", async () => {
  const escaped = await only('- "\\x63\\u0070u < 1 \\u0026\\U00000026 rsss < 5"');
  expect(pointedAt(escaped)).toBe('rsss < 5"');
  const folded = await only('- "cpu < 1 &&\n        rsss < 5"');
  expect(pointedAt(folded)).toBe('"cpu < 1 &&');
  const block = await only("- >-\n        cpu < 1 && rsss < 5");
  expect(pointedAt(block)).toBe(">-");
});

/** The one complaint about an entry of `assertions`. */
async function only(entry: string): Promise<Complaint> {
  const loaded = await load(`${component}    metrics: ${metrics}\n    assertions:\n      ${entry}\n`);
  const [complaint, ...more] = loaded.type === "complaints" ? loaded.complaints : [];
  expect(more).toEqual([]);
  if (complaint === undefined) throw new Error(`there is no complaint about ${entry}`);
  return complaint;
}

/** The line from the caret on. */
function pointedAt({ source, column }: Complaint): string {
  return source.slice(column - 1);
}
