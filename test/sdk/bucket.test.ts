import { expect, test } from "vitest";
import { bucketOf, change, fill, waitOf } from "../../src/sdk/bucket.ts";

test("what went by before a change counts at the old rate, and what is saved is kept as far as there is room", () => {
  const bucket = bucketOf(2, 0);
  bucket.tokens = 0;
  change(bucket, 40, 250);
  expect(bucket).toEqual({ rate: 40, tokens: 0.5, at: 250, room: 20 });
  fill(bucket, 10_000);
  expect(bucket.tokens).toBe(20);
  change(bucket, 2, 10_000);
  expect(bucket.tokens).toBe(1);
});

test("at 0 there is no token and no end of waiting; a clock that goes back adds and takes nothing", () => {
  const bucket = bucketOf(10, 1_000);
  fill(bucket, 500);
  expect(bucket.tokens).toBe(5);
  change(bucket, 0, 2_000);
  expect(bucket.tokens).toBe(0);
  expect(waitOf(bucket)).toBe(Number.POSITIVE_INFINITY);
});
