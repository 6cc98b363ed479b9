/** A part of a change set: which set, the how manyth part, of how many. */
export type PartId = { readonly set: string; readonly index: number; readonly count: number };

/**
 * The id of a part's rollout, `20261121-223000-4f1c09ab-2of3`. It sorts by time like every rollout's; as it stands in the hosts'
 * records, any machine can tell from them which changes are one set, and how far that came. `stamp` is `20261121-223000`.
 */
export function partId(stamp: string, { set, index, count }: PartId): string {
  return `${stamp}-${set}-${index}of${count}`;
}

/** undefined for a rollout that is no set's part. */
export function readPartId(rollout: string): PartId | undefined {
  const [, set, index, count] = /^\d{8}-\d{6}-([0-9a-f]{8})-(\d{1,3})of(\d{1,3})$/.exec(rollout) ?? [];
  return set === undefined ? undefined : { set, index: Number(index), count: Number(count) };
}

/** The set that a rollout is a part of. */
export function setOf(rollout: string | undefined): string | undefined {
  return rollout === undefined ? undefined : readPartId(rollout)?.set;
}
