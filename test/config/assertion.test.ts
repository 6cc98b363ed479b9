import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileAssertion } from "../../src/config/assertion.ts";
import type { Condition, Term } from "../../src/core/expression.ts";
import { spelled } from "../../src/core/expression.ts";

const known = ["p99_latency", "error_rate", "active_cons", "queue_depth", "healthy", "restarts", "rss", "cpu"];
const compiled = (text: string) => compileAssertion(text, known);

/** A condition with every bracket that it has: one spelling for one meaning. */
function shown(of: Condition | Term): string {
  switch (of.type) {
    case "number":
      return String(of.value);
    case "metric":
      return spelled(of);
    case "negate":
      return `-${shown(of.of)}`;
    case "not":
      return `!${shown(of.of)}`;
    case "call":
      return `${of.name}(${of.arguments.map(shown).join(", ")})`;
    case "compare":
    case "arithmetic":
      return `(${shown(of.left)} ${of.op} ${shown(of.right)})`;
    case "and":
    case "or":
      return `(${shown(of.left)} ${of.type} ${shown(of.right)})`;
  }
}

describe("what an assertion means", () => {
  test.each([
    ["p99_latency < 50", "(p99_latency < 50)"],
    ["active_cons > 10", "(active_cons > 10)"],
    ["error_rate <= 1.5 * baseline.error_rate + 0.001", "(error_rate <= ((1.5 * baseline.error_rate) + 0.001))"],
    ["fleet.queue_depth < 1000", "(fleet.queue_depth < 1000)"],
    ["each.restarts == 0", "(each.restarts == 0)"],
    ["each.healthy", "(each.healthy == 1)"],
    ["healthy", "(healthy == 1)"],
    ["!each.healthy", "!(each.healthy == 1)"],
    ["healthy >= 0.9", "(healthy >= 0.9)"],
    ["error_rate < 2 * baseline.error_rate", "(error_rate < (2 * baseline.error_rate))"],
    ["1 / 2 * p99_latency < 5", "(((1 / 2) * p99_latency) < 5)"],
    ["p99_latency < 7 / 2", "(p99_latency < (7 / 2))"],
    ["50 > p99_latency", "(50 > p99_latency)"],
    ["p99_latency < 1e3", "(p99_latency < 1000)"],
    ["rss < 2 * 1024 * 1024 * 1024", "(rss < (((2 * 1024) * 1024) * 1024))"],
    ["rss < 0x7fffffff", "(rss < 2147483647)"],
    ["cpu - 1 < -1", "((cpu - 1) < -1)"],
    ["cpu - 1 - 1 < 1", "(((cpu - 1) - 1) < 1)"],
    ["-cpu > -2", "(-cpu > -2)"],
    ["1 + 2 * cpu > (1 + 2) * cpu", "((1 + (2 * cpu)) > ((1 + 2) * cpu))"],
    ["cpu != 0", "(cpu != 0)"],
    ["cpu < 1 && rss < 2 || each.healthy", "(((cpu < 1) and (rss < 2)) or (each.healthy == 1))"],
    ["cpu < 1 && (rss < 2 || each.healthy)", "((cpu < 1) and ((rss < 2) or (each.healthy == 1)))"],
    ["!(cpu < 1) && !healthy", "(!(cpu < 1) and !(healthy == 1))"],
    ["max(p99_latency, 10) < 50", "(max(p99_latency, 10) < 50)"],
    ["min(cpu, each.cpu, fleet.cpu) > 0", "(min(cpu, each.cpu, fleet.cpu) > 0)"],
    ["abs(cpu - baseline.cpu) < 0.2", "(abs((cpu - baseline.cpu)) < 0.2)"],
    ["p99_latency<50", "(p99_latency < 50)"],
    ["  p99_latency\n  < 50 // generous", "(p99_latency < 50)"],
    ["((p99_latency)) < (50)", "(p99_latency < 50)"],
    ["error_rate == 0.0", "(error_rate == 0)"],
    ["baseline.p99_latency * 1.1 + 5 > p99_latency", "(((baseline.p99_latency * 1.1) + 5) > p99_latency)"],
  ])("%s", (text, meaning) => {
    const found = compiled(text);
    expect(found.type === "ok" ? shown(found.condition) : found).toBe(meaning);
  });
});

describe("what cannot be meant", () => {
  test.each([
    ["p99_latency < 50ms", "50ms", "has a unit", "50"],
    ["rss < 2GiB", "2GiB", "has a unit", "2"],
    ["error_rate < 1%", "1%", "is a share", "0.01"],
    ["error_rate < 0.5 %", "0.5 %", "is a share", "0.005"],
    ["cpu < 1 and rss < 1", "and", "is not a word", "&&"],
    ["cpu < 1 OR rss < 1", "OR", "is not a word", "||"],
    ["not each.healthy", "not", "is not a word", "!"],
    ["cpu = 1", "=", "sets nothing", "=="],
    ["cpu <> 1", "<>", "is not a comparison", "!="],
    ["cpu < 1 & rss < 1", "&", "twice", "&&"],
    ["cpu < .5", ".5", "before the point", "0.5"],
    ["cpu < 5.", "5.", "after the point", "5.0"],
    ["cpu % 2 < 1", "cpu % 2", "not an operator", "0.01"],
    ["p99_latnecy < 50", "p99_latnecy", "is not a metric", "p99_latency"],
    ["each.restart == 0", "each.restart", "is not a metric", "restarts"],
    ["basline.cpu < 1", "basline", "is no prefix", "baseline."],
    ["cpu.each < 1", "cpu", "is no prefix", "each."],
    ["each.baseline.cpu < 1", "each.baseline.cpu", "one prefix", "fleet."],
    ["p99_latency", "p99_latency", "a condition is needed", "comparison"],
    ["cpu < 1 && 2", "2", "a condition is needed", "comparison"],
    ["1 < cpu < 5", "1 < cpu", "a number is needed", "&&"],
    ["(cpu < 1) + 1 < 2", "cpu < 1", "a number is needed", "&&"],
    ["each.healthy == true", "true", "metrics are numbers", "each.healthy"],
    ["cpu < '1'", "'1'", "only numbers", undefined],
    ["cpu < null", "null", "only numbers", undefined],
    ["cpu < 1u", "1u", "only numbers", undefined],
    ["cpu in [1]", "cpu in [1]", "is not used", "comparisons"],
    ["cpu < 1 ? rss < 1 : rss < 2", "cpu < 1 ? rss < 1 : rss < 2", "is not used", "comparisons"],
    ["cpu[0] < 1", "cpu[0]", "is not used", "comparisons"],
    ["matches(cpu, 'a')", "matches(cpu, 'a')", "cannot be called", "min, max or abs"],
    ["cpu.matches('(a+)+$')", "cpu.matches('(a+)+$')", "cannot be called", "min, max or abs"],
    ["[cpu].exists(x, x < 1)", "[cpu].exists(x, x < 1)", "cannot be called", "min, max or abs"],
    ["has(cpu.x)", "has(cpu.x)", "cannot be called", "min, max or abs"],
    ["abs(cpu, 1) < 1", "abs(cpu, 1)", "one number", undefined],
    ["max() < 1", "max()", "one number or more", undefined],
    ["1 < 2", "1 < 2", "names no metric", undefined],
    ["p99 latency < 50", "latency", "cannot be read", undefined],
    ["__proto__ < 1", "__proto__", "cannot be read", undefined],
    ["constructor < 1", "constructor", "is not a metric", "p99_latency"],
    ["cpu <", "", "stops in the middle", undefined],
    ["", "", "stops in the middle", undefined],
    [`${"(".repeat(200)}cpu${")".repeat(200)} < 1`, "", "too large or too deep", undefined],
    [`cpu${" + 1".repeat(245)} < 1`, "", "too large or too deep", undefined],
    [`cpu < 1${" ".repeat(1000)}`, " ".repeat(7), "at most 1000 characters", undefined],
  ])("%s", (text, place, message, hint) => {
    const found = compiled(text);
    if (found.type === "ok") expect.unreachable(shown(found.condition));
    else {
      expect(found.message).toContain(message);
      if (place !== "") expect(text.slice(found.start, found.end)).toBe(place);
      expect(found.hint ?? "").toContain(hint ?? "");
    }
  });

  test.each(["(", "((x+", "!", "x[", "x.y", "-", "x&&", "'", "x?x:", "min("])(
    "S13: %j a thousand times over is a complaint, and is found in time",
    (unit) => {
      expect(compiled(unit.repeat(Math.floor(990 / unit.length))).type).toBe("complaint");
      expect(compiled(unit.repeat(100_000)).type).toBe("complaint");
    },
  );

  test("the word that was probably meant is named apart", () => {
    expect(compiled("p99_latnecy < 50")).toMatchObject({ nearest: "p99_latency" });
    expect(compiled("basline.cpu < 50")).toMatchObject({ nearest: "baseline" });
    expect(compiled("nothing_like_it < 50")).not.toHaveProperty("nearest");
  });

  test("S13: any text is either a condition or a complaint with its place", async () => {
    const word = fc.constantFrom(
      ...known,
      "each.",
      "baseline.",
      "1",
      "0.5",
      "50ms",
      "1%",
      "<",
      "==",
      "=",
      "&&",
      "and",
      "!",
      "(",
      ")",
      "+",
      "/",
      "%",
      "min(",
      ",",
      "'",
      "[",
      "?",
      ":",
      "\\",
      "é",
    );
    await fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.boolean(), (words, spaced) => {
        const text = words.join(spaced ? " " : "");
        const found = compiled(text);
        if (found.type === "ok") return;
        expect(found.start).toBeGreaterThanOrEqual(0);
        expect(found.end).toBeGreaterThanOrEqual(found.start);
        expect(found.end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1000 },
    );
  });
});
