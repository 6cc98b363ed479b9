/** What all uploads of a run share: how many bytes a second may leave this machine, and how many have. */
export type Uplink = {
  /** Waits until `bytes` more may leave, in the order in which it was asked, and counts them. */
  pass(bytes: number): Promise<void>;
  /** Bytes that have left so far. */
  sent(): number;
  /** So many bytes a second from now on; what waits already goes as it was to go. */
  throttle(rate: number): void;
};

export type UplinkSettings = {
  /** Bytes a second; undefined for as many as the line takes. */
  readonly rate: number | undefined;
  /** ms, of a clock that never goes back. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
};

/** What may be made up for after a silence, ms: so much of a burst is let go at once. */
const burstMs = 100;

/**
 * A token bucket as a schedule (the generic cell rate algorithm, ITU-T I.371): each part has its moment, and the next one's
 * is as much later as the part takes at that rate.
 */
export function openUplink({ rate: first, now, sleep }: UplinkSettings): Uplink {
  let rate = first;
  let sent = 0;
  let free = Number.NEGATIVE_INFINITY;
  return {
    sent: () => sent,
    throttle: (next) => {
      rate = next;
    },
    async pass(bytes) {
      if (rate !== undefined) {
        const at = Math.max(free, now() - burstMs);
        free = at + (1000 * bytes) / rate;
        if (at > now()) await sleep(at - now());
      }
      sent += bytes;
    },
  };
}
