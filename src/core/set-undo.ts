import { readPartId } from "./part-id.ts";

/** What a change's hosts say of the last rollout of it. `isBack`: nothing of it is left. */
export type Brought = { readonly rollout: string | undefined; readonly isBack: boolean };

/**
 * The parts of the last change set, newest first, by their place in `all`; none where what came last is no set, or is back
 * already. The first of `all` is the component itself: what was rolled out of it alone, after the set, is undone alone.
 */
export function setToUndo(all: readonly Brought[]): readonly number[] {
  const own = all[0]?.rollout ?? "";
  const parts = all.flatMap(({ rollout = "", isBack }, index) => {
    const id = readPartId(rollout);
    return id === undefined ? [] : [{ index, rollout, id, isBack }];
  });
  const left = parts.filter(({ isBack, rollout }) => !isBack && rollout >= own);
  const last = left.sort((a, b) => (a.rollout < b.rollout ? -1 : 1)).at(-1);
  const set = last?.id.set ?? readPartId(own)?.set;
  return parts
    .filter(({ id }) => id.set === set)
    .sort((a, b) => b.id.index - a.id.index)
    .map(({ index }) => index);
}
