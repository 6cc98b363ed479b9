import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { slots } from "../../../src/ssh/pool/slots.ts";

const never = new AbortController().signal;

test("no more places are held than there are, and each that is given back wakes one", async () => {
  const places = slots(2);
  const first = await places.take(never);
  await places.take(never);
  let woken = 0;
  const third = places.take(never).then((release) => {
    woken += 1;
    return release;
  });
  await turn();
  expect(woken).toBe(0);
  first?.();
  first?.();
  await turn();
  expect(woken).toBe(1);
  expect(await third).toBeTypeOf("function");
  const patience = new AbortController();
  const fourth = places.take(patience.signal);
  await turn();
  patience.abort();
  expect(await fourth).toBeUndefined();
});

test("whoever gave up does not use a place up", async () => {
  const places = slots(1);
  const first = await places.take(never);
  const patience = new AbortController();
  const second = places.take(patience.signal);
  const third = places.take(never);
  patience.abort();
  first?.();
  expect(await second).toBeUndefined();
  expect(await third).toBeTypeOf("function");
});

test("closed slots turn everybody away, also who waits", async () => {
  const places = slots(1);
  await places.take(never);
  const waiting = places.take(never);
  places.close();
  expect(await waiting).toBeUndefined();
  expect(await places.take(never)).toBeUndefined();
});

test("narrowed, there are as many places as others hold, and never none", async () => {
  const places = slots(8);
  const alone = await places.take(never);
  expect(places.narrow()).toBe(false);
  await places.take(never);
  expect(places.narrow()).toBe(true);
  alone?.();
  const waiting = places.take(never);
  const early = await Promise.race([waiting, turn("nobody")]);
  expect(early).toBe("nobody");
});

test("with more places who waits goes on, with fewer nobody new does until enough were given back", async () => {
  const places = slots(1);
  const first = await places.take(never);
  const second = places.take(never);
  places.resize(2);
  const release = await second;
  places.resize(1);
  const third = places.take(never);
  first?.();
  expect(await Promise.race([third, turn("nobody")])).toBe("nobody");
  release?.();
  expect(await third).toBeTypeOf("function");
});
