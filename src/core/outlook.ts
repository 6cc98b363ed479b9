import type { Bound } from "./bound.ts";
import { type Batch, isExceeded, within } from "./sequential.ts";

/** Traffic as it is expected to be. `rate`: the changed hosts' true bad rate. */
export type Outlook = {
  readonly bound: Bound;
  readonly alpha: number;
  readonly rate: number;
  /** The baseline's true bad rate, and its events for each event on changed hosts. No matter for a `rate` bound. */
  readonly baseline: { readonly rate: number; readonly ratio: number };
};

/**
 * About how many events on changed hosts it takes until the bound is found to be broken: half of all failures are found
 * sooner. The same statistic on expected counts, in as few readings as a verdict needs. Undefined where it never is.
 */
export function eventsToExceed(outlook: Outlook): number | undefined {
  return fewest((events) => isExceeded(outlook.bound, expected(outlook, events), outlook.alpha));
}

/** About how many events on changed hosts it takes until all is known to be well; undefined where it never would be. */
export function eventsToBeWithin(outlook: Outlook): number | undefined {
  return fewest((events) => within(outlook.bound, expected(outlook, events)) >= -Math.log(outlook.alpha));
}

/** No service is watched for as many events as this. */
const never = 2 ** 40;

function fewest(suffice: (events: number) => boolean): number | undefined {
  let enough = 1;
  while (!suffice(enough)) {
    enough *= 2;
    if (enough > never) return undefined;
  }
  let few = enough / 2;
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (suffice(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}

const readings = [1, 2, 3];

function expected({ rate, baseline }: Outlook, events: number): readonly Batch[] {
  const all = events / readings.length;
  const changed = { bad: rate * all, all };
  const compared = all * baseline.ratio;
  return readings.map((index) => ({ changed, baseline: { bad: baseline.rate * compared, all: compared }, index }));
}
