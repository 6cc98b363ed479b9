import { setMaxListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { governor, type Turn } from "../../../src/ssh/pool/governor.ts";

/** Starts as many as are let, and returns those that were. */
async function startAll(starts: ReturnType<typeof governor>, wanted: number, endpoint = "one"): Promise<Turn[]> {
  const going: Turn[] = [];
  const patience = new AbortController();
  setMaxListeners(0, patience.signal);
  for (let one = 0; one < wanted; one += 1)
    void starts.turn(endpoint, patience.signal).then((begun) => begun !== undefined && going.push(begun));
  await turn();
  patience.abort();
  return going;
}

test("an endpoint is met with less than a stock sshd takes, and another one is not held up by it", async () => {
  const starts = governor(64);
  expect(await startAll(starts, 100)).toHaveLength(8);
  expect(await startAll(starts, 100, "another")).toHaveLength(8);
});

test("what takes all gets more, up to the most", async () => {
  const starts = governor(12);
  for (let round = 0; round < 20; round += 1) for (const over of await startAll(starts, 100)) over(false);
  expect(await startAll(starts, 100)).toHaveLength(12);
});

test("a loss halves the width, once for all that were on their way together, and that width is not tried again", async () => {
  const starts = governor(64);
  for (const over of await startAll(starts, 100)) over(true);
  const fewer = await startAll(starts, 100);
  expect(fewer).toHaveLength(4);
  for (const over of fewer) over(false);
  for (let round = 0; round < 50; round += 1) for (const over of await startAll(starts, 100)) over(false);
  expect(await startAll(starts, 100)).toHaveLength(7);
});

test("never nothing: whatever is lost, one may always go on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (losses) => {
      const starts = governor(16);
      for (const lost of losses) for (const over of await startAll(starts, 30)) over(lost);
      const going = await startAll(starts, 30);
      expect(going.length).toBeGreaterThanOrEqual(1);
      expect(going.length).toBeLessThanOrEqual(16);
    }),
    { numRuns: 50 },
  );
});

test("whoever gives up waiting leaves its turn to the next", async () => {
  const starts = governor(1);
  const [begun] = await startAll(starts, 3);
  begun?.(false);
  expect(await startAll(starts, 1)).toHaveLength(1);
});
