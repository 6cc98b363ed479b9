import { expect } from "vitest";
import { type Ended, said } from "../e2e/ship.ts";

/** A run of ship that has to end so; all that it said is shown when it does not. */
export async function endsWith(exit: number, ending: Promise<Ended>): Promise<Ended> {
  const ended = await ending;
  expect(ended.exit, said(ended)).toBe(exit);
  return ended;
}
