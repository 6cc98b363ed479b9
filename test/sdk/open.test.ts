import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { open, type Ship } from "../../src/sdk/open.ts";

let folder: string;
let ship: Ship;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-sdk-"));
  mkdirSync(join(folder, "rates"));
});

afterEach(() => {
  ship.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes as ship does on a host: whole, and then by rename. */
function replace(name: string, text: string): void {
  writeFileSync(join(folder, `${name}.new`), text);
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

function flags(defaultVariant: string): string {
  const lxc = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant };
  const width = { state: "ENABLED", variants: { on: 8, off: 4 }, defaultVariant };
  return JSON.stringify({ flags: { lxc, width } });
}

/** Until it is so, however long the machine takes. */
function soon(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}

describe("flag", () => {
  test("reads what is there before the first call, and notices what replaces it", async () => {
    replace("flags.json", flags("on"));
    ship = open({ folder });
    expect([ship.flag("lxc", false), ship.flag("width", 1), ship.flag("nobody", "none")]).toEqual([true, 8, "none"]);
    replace("flags.json", flags("off"));
    await soon(() => expect(ship.flag("lxc", true)).toBe(false));
    replace("flags.json", flags("on"));
    await soon(() => expect(ship.flag("lxc", false)).toBe(true));
  });

  test("a file that was still for long is noticed when it changes", async () => {
    replace("flags.json", flags("on"));
    const longAgo = new Date("2026-01-01");
    utimesSync(join(folder, "flags.json"), longAgo, longAgo);
    ship = open({ folder });
    await ship.limit("looks", 1, () => undefined);
    for (const rate of [2, 3]) {
      replace("rates/looks", String(rate));
      await soon(() => expect(ship.metrics()["looks"]?.rate).toBe(rate));
    }
    replace("flags.json", flags("off"));
    await soon(() => expect(ship.flag("lxc", true)).toBe(false));
  });

  test("a file that comes later, also its folder, is found", async () => {
    const later = join(folder, "later");
    ship = open({ folder: later });
    expect(ship.flag("lxc", false)).toBe(false);
    mkdirSync(later);
    writeFileSync(join(later, "flags.json"), flags("on"));
    await soon(() => expect(ship.flag("lxc", false)).toBe(true));
  });

  test("broken, cut short or gone, the last good value holds", async () => {
    replace("flags.json", flags("on"));
    ship = open({ folder });
    await ship.limit("looks", 1, () => undefined);
    for (const [index, broken] of ["", flags("off").slice(0, -9), flags("nobody"), "null", undefined].entries()) {
      if (broken === undefined) rmSync(join(folder, "flags.json"));
      else replace("flags.json", broken);
      replace("rates/looks", String(index + 2));
      await soon(() => expect(ship.metrics()["looks"]?.rate).toBe(index + 2));
      expect(ship.flag("lxc", false)).toBe(true);
    }
    replace("flags.json", flags("off"));
    await soon(() => expect(ship.flag("lxc", true)).toBe(false));
  });

  test("a value of another type than the default's is not given", () => {
    replace("flags.json", flags("on"));
    ship = open({ folder });
    expect([ship.flag("lxc", "text"), ship.flag("lxc", 3), ship.flag("width", false)]).toEqual(["text", 3, false]);
  });
});

test("a file that is missing or broken is no secret", async () => {
  replace("flags.json", flags("on"));
  ship = open({ folder });
  await ship.limit("publish", 1, () => undefined);
  const rate = join(folder, "rates/publish");
  expect(ship.problems()).toMatchObject([{ file: rate, what: "missing" }]);
  replace("rates/publish", "many");
  const why = "It is no number of 0 or more.";
  await soon(() => expect(ship.problems()).toMatchObject([{ file: rate, what: "broken", why }]));
  expect(ship.prometheus()).toContain(`ship_file_problem{file="${rate}",problem="broken"} 1\n`);
  replace("rates/publish", "3");
  replace("flags.json", "{}");
  await soon(() => expect(ship.problems()).toMatchObject([{ what: "broken", why: "It has no flags." }]));
  expect(ship.flag("lxc", false)).toBe(true);
});

describe("limit", () => {
  test("a file's number goes before the code's; 0 stops, and a raised rate lets all through that waited", async () => {
    replace("rates/publish", "0\n");
    ship = open({ folder });
    const all = Array.from({ length: 20 }, (_, index) => ship.limit("publish", 1_000, () => index));
    expect(ship.metrics()).toEqual({ publish: { rate: 0, passed: 0, delayed: 20, refused: 0, waiting: 20 } });
    writeFileSync(join(folder, "rates/publish"), "500\n");
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(ship.prometheus()).toContain('ship_limit_passed_total{name="publish"} 20\n');
  });

  test("without a file the code's rate holds, and the last one that it gave", async () => {
    ship = open({ folder });
    await ship.limit("publish", 10, () => undefined);
    expect(ship.metrics()["publish"]?.rate).toBe(10);
    await ship.limit("publish", Number.POSITIVE_INFINITY, () => undefined);
    await ship.limit("publish", 20, () => undefined);
    expect(ship.metrics()["publish"]).toMatchObject({ rate: 20, passed: 3 });
  });

  test("a file that holds no number, or goes, leaves the last one", async () => {
    replace("rates/publish", "7");
    ship = open({ folder });
    await ship.limit("publish", 10, () => undefined);
    for (const broken of ["", "-1", "many", "1e9", "NaN"]) replace("rates/publish", broken);
    rmSync(join(folder, "rates/publish"));
    replace("flags.json", flags("on"));
    await soon(() => expect(ship.flag("lxc", false)).toBe(true));
    await ship.limit("publish", 10, () => undefined);
    expect(ship.metrics()["publish"]?.rate).toBe(7);
  });

  test.each([-1, Number.NaN])("a rate of %s is the caller's mistake", async (rate) => {
    ship = open({ folder });
    await expect(ship.limit("publish", rate, () => undefined)).rejects.toThrow(RangeError);
  });
});

test("closed, it follows nothing any more and refuses who waits", async () => {
  replace("flags.json", flags("on"));
  ship = open({ folder });
  const waits = ship.limit("publish", 0, () => undefined);
  ship.close();
  await expect(waits).rejects.toThrow("let no further call through");
  replace("flags.json", flags("off"));
  const other = open({ folder });
  await soon(() => expect(other.flag("lxc", true)).toBe(false));
  other.close();
  expect(ship.flag("lxc", false)).toBe(true);
});
