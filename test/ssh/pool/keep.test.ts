import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { Connection } from "../../../src/ssh/connection.ts";
import { keeping } from "../../../src/ssh/pool/keep.ts";

let now = 0;

function connection(): Connection {
  const line = Object.assign(new Duplex(), { bytesRead: 0, bytesWritten: 0, destroySoon: () => undefined });
  return new Connection({ exec: () => undefined, forwardOut: () => undefined, end: () => undefined }, line);
}

/** Asks `hosts`, one after another, as a look at the fleet does; those that were let go come anew. */
function look(keep: ReturnType<typeof keeping>, open: Map<string, Connection>, hosts: readonly string[]): void {
  now += 5_000;
  for (const host of hosts) {
    const before = open.get(host);
    const one = before === undefined || before.ended !== undefined ? connection() : before;
    open.set(host, one);
    keep.hold(host, one)();
  }
}

const standing = (open: Map<string, Connection>) =>
  [...open].filter(([, { ended }]) => ended === undefined).map(([host]) => host);

test("of a fleet that is walked once and again the first ones stay, and never more than so many", () => {
  const keep = keeping(() => now, 3);
  const open = new Map<string, Connection>();
  const fleet = ["a", "b", "c", "d", "e", "f"];
  look(keep, open, fleet);
  expect(standing(open)).toEqual(["a", "b", "c"]);
  look(keep, open, fleet);
  expect(standing(open)).toEqual(["a", "b", "c"]);
  expect(open.get("f")?.ended).toContain("let go");
});

test("whoever is asked time and again stays, however many they are, and goes after a minute of rest", () => {
  const keep = keeping(() => now, 1);
  const open = new Map<string, Connection>();
  const fleet = ["a", "b", "c", "d"];
  for (let round = 0; round < 3; round += 1) look(keep, open, fleet);
  expect(standing(open)).toEqual(fleet);
  look(keep, open, ["a"]);
  now += 58_000;
  look(keep, open, ["a"]);
  expect(standing(open)).toEqual(["a"]);
});

test("what is asked several times in one look was asked once", () => {
  const keep = keeping(() => now, 0);
  const one = connection();
  const other = connection();
  const [first, second] = [keep.hold("a", one), keep.hold("a", one)];
  first();
  first();
  expect(one.ended).toBeUndefined();
  second();
  expect(one.ended).toContain("let go");
  keep.hold("a", other)();
  keep.hold("a", connection())();
  expect(other.ended).toContain("let go");
});

test("one in hand is never let go, and one that ended by itself takes no place", () => {
  const keep = keeping(() => now, 1);
  const [broken, held, next, last] = [connection(), connection(), connection(), connection()];
  keep.hold("a", broken)();
  const release = keep.hold("b", held);
  broken.over("it broke");
  keep.hold("c", next)();
  expect([held.ended, next.ended]).toEqual([undefined, undefined]);
  keep.hold("d", last)();
  expect(last.ended).toContain("let go");
  release();
  expect(held.ended).toContain("let go");
});
