import { onAbort } from "../deadline.ts";

/** A number of places, of which each is held until it is given back. */
export type Slots = {
  /** Waits for a place; undefined when `signal` aborts or the slots are closed first. The function gives it back. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
  /** From now on no more places than are held, but at least one; false when none is held but the caller's. */
  narrow(): boolean;
  /** From now on so many places; those that are held beyond them are not taken back. */
  resize(limit: number): void;
  close(): void;
};

export function slots(limit: number): Slots {
  let places = limit;
  let held = 0;
  let closed = false;
  const waiting = new Set<(free: boolean) => void>();

  function wake(): void {
    for (const go of waiting) {
      if (!closed && held >= places) return;
      waiting.delete(go);
      if (!closed) held += 1;
      go(!closed);
    }
  }

  function place(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      held -= 1;
      wake();
    };
  }

  async function take(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (closed || signal.aborted) return undefined;
    if (held < places) {
      held += 1;
      return place();
    }
    return (await turn(signal)) ? place() : undefined;
  }

  function turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const go = (free: boolean) => {
        waiting.delete(go);
        off();
        resolve(free);
      };
      const off = onAbort(signal, () => go(false));
      waiting.add(go);
    });
  }

  return {
    take,
    narrow() {
      if (held <= 1) return false;
      places = Math.min(places, held - 1);
      return true;
    },
    resize(limit) {
      places = limit;
      wake();
    },
    close() {
      closed = true;
      wake();
    },
  };
}
