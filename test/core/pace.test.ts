import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  amountSaid,
  mostOf,
  ownRates,
  type Paces,
  pacesSaid,
  pacesText,
  readPaces,
  stopOf,
  unstopped,
  withPace,
} from "../../src/core/pace.ts";

const settings = fc.array(fc.tuple(fc.constantFrom(...ownRates), fc.nat({ max: 1_000_000 })), { maxLength: 8 });
const asSet = (sets: readonly (readonly [(typeof ownRates)[number], number])[]) =>
  sets.reduce<Paces>((paces, [rate, value]) => withPace(paces, rate, value), []);

describe("ship's own rates", () => {
  test("come through a host as they were set, each once, the last one last", () => {
    void fc.assert(
      fc.property(settings, (sets) => {
        const paces = asSet(sets);
        expect(readPaces(pacesText(paces))).toEqual(paces);
        expect(new Set(paces.map(({ rate }) => rate)).size).toBe(paces.length);
        expect(paces.at(-1)?.rate).toBe(sets.at(-1)?.[0]);
      }),
      { numRuns: 60 },
    );
  });

  test("that are stopped are again what they were before when it goes on, and none that was nothing before", () => {
    const paces = asSet([
      ["width", 3],
      ["bandwidth", 0],
      ["width", 0],
    ]);
    expect(stopOf(paces)?.rate).toBe("bandwidth");
    expect(mostOf(paces, "width")).toBe(3);
    expect(pacesSaid(paces)).toBe("ship.bandwidth 0, ship.width 0");
    expect(unstopped(paces)).toEqual([{ rate: "width", value: 3, before: undefined }]);
    expect(stopOf(withPace(withPace(paces, "width", 2), "bandwidth", 102_400))).toBeUndefined();
  });

  test("are said with their unit", () => {
    expect(amountSaid("ship.width", 3)).toBe("ship.width 3");
    expect(amountSaid("ship.bandwidth", 0)).toBe("ship.bandwidth 0");
    expect(amountSaid("ship.bandwidth", 102_400)).toBe("ship.bandwidth 100KB/s");
    expect(amountSaid("ship.bandwidth", 1_572_864)).toBe("ship.bandwidth 1.5MB/s");
  });

  test("are not read where a host holds something else: nothing that could stop it for good", () => {
    for (const text of ["", "width", "width=", "width=0", "width=-1", "speed=3", "width=x", "width=9999999999999999"])
      expect(readPaces(text)).toEqual([]);
    expect(readPaces("speed=3,width=0/,width=2")).toEqual([
      { rate: "width", value: 0, before: undefined },
      { rate: "width", value: 2, before: undefined },
    ]);
  });
});
