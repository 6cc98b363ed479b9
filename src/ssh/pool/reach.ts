import { Connection, directly, type Timing } from "../connection.ts";
import { closed, type Failed } from "../diagnosis.ts";
import { dialEither } from "../either.ts";
import { openWay } from "../jump.ts";
import type { SystemSsh } from "../openssh/dial.ts";
import type { Target } from "../target.ts";
import { endpointOf } from "./endpoint.ts";
import { governor } from "./governor.ts";
import type { Grip } from "./made.ts";
import { type Patience, whileBusy } from "./patience.ts";
import { slots } from "./slots.ts";

export type ReachSettings = {
  /** How many connections may be on their way at once. */
  readonly concurrency: number;
  readonly timing: Timing;
  readonly patience?: Patience | undefined;
};

/** What is needed on the way: jump hosts' connections, the system's ssh, and who gives all up. */
export type Around = {
  readonly jumpTo: (jump: Target) => Promise<Grip | Failed>;
  readonly system: SystemSsh;
  readonly closing: AbortSignal;
};

export type Reach = (target: Target) => Promise<Connection | Failed>;

/** Connects as fast as what is dialled takes it. Who waits for a jump host takes no place from others. */
export function reaching({ concurrency, timing, patience }: ReachSettings, around: Around): Reach {
  const { jumpTo, system, closing } = around;
  const starts = slots(concurrency);
  const governed = governor(concurrency);

  /** The jump host is held as long as anybody is behind it. */
  async function once(target: Target): Promise<Connection | Failed> {
    // The system's ssh goes its whole way by itself.
    if (target.via?.type !== "jump" || target.system?.why !== undefined) return start(target, undefined);
    const jump = await jumpTo(target.via.target);
    if ("cause" in jump) return start(target, jump);
    const connection = await start(target, jump.connection);
    if (connection instanceof Connection && connection.ended === undefined) connection.onEnd(jump.release);
    else jump.release();
    return connection;
  }

  /** `jump` is what its jump host came to, where it has one. */
  async function start(target: Target, jump: Connection | Failed | undefined): Promise<Connection | Failed> {
    const over = await governed.turn(endpointOf(target), closing);
    const release = await starts.take(closing);
    let lost = false;
    try {
      if (over === undefined || release === undefined) return closed;
      const connection = await dialEither(target, { wire: () => wireTo(target, jump), system, timing, closing });
      lost = !(connection instanceof Connection) && connection.again;
      return connection;
    } finally {
      release?.();
      over?.(lost);
    }
  }

  async function wireTo(target: Target, jump: Connection | Failed | undefined) {
    if (target.via === undefined) return directly(target);
    return openWay(target, target.via, { jumps: async () => jump ?? closed, within: timing.connectWithin });
  }

  return (target) => whileBusy(closing, () => once(target), patience);
}
