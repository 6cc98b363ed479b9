import { hostsIn, type Share } from "../core/fleet.ts";

/** The share of `size` hosts that lets the fewest fail; none where there is no share. */
export function strictest(shares: readonly Share[], size: number): Share {
  const [first, ...others] = shares;
  if (first === undefined) return { type: "count", count: 0 };
  return others.reduce((least, share) => (hostsIn(share, size) < hostsIn(least, size) ? share : least), first);
}
