import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readTyped, typedLine, typedText } from "../../src/commands/typed.ts";
import { component } from "../simulation/component.ts";

const stages = ["internal", "beta"].map((cohort) => {
  return { cohort, share: undefined, bake: 0, longestBake: 0, maxFailed: undefined };
});
const api = component(stages);

const duration = fc.option(fc.integer({ min: 1, max: 1_000_000_000 }), { nil: undefined });
const asked = fc.record({
  to: fc.constantFrom(undefined, "internal", "beta"),
  only: fc.array(fc.string(), { maxLength: 2 }),
  skip: fc.array(fc.string(), { maxLength: 2 }),
  onFailure: fc.constantFrom(undefined, "rollback" as const, "hold" as const),
  timeout: duration,
  wait: duration,
  now: fc.boolean(),
  adopt: fc.boolean(),
  retryBad: fc.boolean(),
  fixForward: fc.boolean(),
});

test("property: options are read as they were asked", () => {
  void fc.assert(
    fc.property(asked, (options) => {
      expect(readTyped(typedText(options), api)).toEqual(options);
    }),
  );
});

test("what is no list of options is nothing: a host is not believed", () => {
  for (const text of [
    "",
    "{}",
    "[1]",
    '["--to"]',
    '["--to","elsewhere"]',
    '["--to","beta","--wait"]',
    '["--timeout","1h"]',
    '["--timeout","0ms"]',
    '["--on-failure","explode"]',
    '["--reason","x"]',
    '["constructor"]',
    '["--now","__proto__"]',
    '["beta"]',
  ])
    expect(readTyped(text, api), text).toBeUndefined();
  void fc.assert(
    fc.property(fc.json(), (text) => {
      readTyped(text, api);
    }),
  );
});

test("typed into a shell a pattern stays one word, and an override asks for its reason", () => {
  const plain = readTyped('["--to","beta","--skip-hosts","h[1-2]; rm -rf \'x\'"]', api);
  expect(plain && typedLine(plain)).toBe(" --to beta --skip-hosts 'h[1-2]; rm -rf '\\''x'\\'''");
  const now = readTyped('["--now","--timeout","90000ms"]', api);
  expect(now && typedLine(now)).toBe(" --timeout 90000ms --now --reason TEXT");
});
