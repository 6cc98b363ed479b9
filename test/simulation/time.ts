/** Something that will happen; a cancelled one does not. */
export type Timer = { readonly at: number; readonly order: number; act: (() => void) | undefined };

/**
 * Time that passes only when nothing else can happen, event by event: a heap of timers. What an event has settled
 * (`stir`) is run to its end before the next event, so that the same schedule gives the same events.
 */
export type Time = {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly after: (ms: number, act: () => void) => Timer;
  /** Says that a promise was settled or work was started. */
  readonly stir: () => void;
  /** Lets time pass until `isOver`, or for `most` ms; true when it was over in time. */
  readonly pass: (isOver: () => boolean, most: number) => Promise<boolean>;
};

export function openTime(start = Date.UTC(2026, 10, 21, 12)): Time {
  const heap: Timer[] = [];
  let now = start;
  let order = 0;
  let stirred = true;
  return {
    now: () => now,
    after: (ms, act) => {
      order += 1;
      const timer: Timer = { at: now + Math.max(0, Math.round(ms)), order, act };
      push(heap, timer);
      return timer;
    },
    stir: () => {
      stirred = true;
    },
    pass: async (isOver, most) => {
      const last = now + most;
      for (;;) {
        if (stirred) {
          stirred = false;
          await settled();
        }
        if (isOver()) return true;
        const next = heap[0];
        if (next === undefined || next.at > last) {
          now = last;
          return false;
        }
        pop(heap);
        now = next.at;
        next.act?.();
      }
    },
  };
}

export function cancel(timer: Timer | undefined): void {
  if (timer !== undefined) timer.act = undefined;
}

/** Runs every promise's continuation that can run: they all come before the next turn of node's loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const above = heap[up];
    if (above === undefined || !isBefore(timer, above)) break;
    heap[at] = above;
    at = up;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    const below = isRight ? right : left;
    if (below === undefined || !isBefore(below, last)) break;
    heap[at] = below;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = last;
}
