import { Connection } from "../connection.ts";
import { before } from "../deadline.ts";
import { closed, type Failed, unreachable } from "../diagnosis.ts";
import type { Keeping } from "./keep.ts";

/** A connection in hand, until it is released. */
export type Grip = { readonly connection: Connection; release(): void };

/** Connections by key, on their way and standing: who asks for one that there is shares it. */
export type Made = {
  /** Takes the connection of `key` in hand, made by `connect` where there is none. */
  take(key: string, connect: () => Promise<Connection | Failed>): Promise<Grip | Failed>;
  all(): readonly (readonly [key: string, making: Promise<Connection | Failed>])[];
};

export function madeOnce(keep: Keeping, closing: AbortSignal): Made {
  const made = new Map<string, Promise<Connection | Failed>>();

  function begin(key: string, coming: Promise<Connection | Failed>): Promise<Connection | Failed> {
    const forget = () => made.get(key) === making && made.delete(key);
    const making: Promise<Connection | Failed> = coming.then((connection) => {
      if (!(connection instanceof Connection) || connection.ended !== undefined) {
        forget();
        return connection;
      }
      connection.onEnd(forget);
      // Who waits for it takes it in hand before anything else happens; when nobody does any more, it rests.
      setImmediate(keep.hold(key, connection));
      return connection;
    });
    made.set(key, making);
    return making;
  }

  return {
    async take(key, connect) {
      const connection = await before(closing, made.get(key) ?? begin(key, connect()));
      if (connection === undefined) return closed;
      if (!(connection instanceof Connection)) return connection;
      if (connection.ended !== undefined) return unreachable(connection.ended);
      return { connection, release: keep.hold(key, connection) };
    },
    all: () => [...made],
  };
}
