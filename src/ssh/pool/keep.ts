import type { Connection } from "../connection.ts";

/** Which connections stay open while nobody uses them. */
export type Keeping = {
  /** Takes a connection to `key` in hand; the function puts it down again. One in hand is never let go. */
  hold(key: string, connection: Connection): () => void;
};

/**
 * Connections that may rest before their turn has come. A fleet is walked in the same order time and again, so the first
 * ones stay, and of the rest each goes when it was looked at: to let go whoever was used longest ago would hit just those
 * that come next. An open connection takes some 75 kB here.
 */
const restingMost = 512;

/** A host that was asked so many times, with a rest in between, is in its turn: it stays while it is asked about each minute. */
const inTurnAfter = 3;
const restMs = 1_000;
const turnMs = 60_000;

/** `now` in ms, of any clock that does not jump. */
export function keeping(now: () => number, most = restingMost): Keeping {
  const hosts = new Map<string, Known>();
  const resting = new Set<Connection>();
  const inTurn = new Map<Connection, Known>();

  function put(connection: Connection, known: Known): void {
    known.since = now();
    if (known.asked >= inTurnAfter) inTurn.set(connection, known);
    else if (resting.size < most) resting.add(connection);
    else letGo(connection);
    for (const [oldest, { since }] of inTurn) {
      if (now() - since < turnMs) break;
      letGo(oldest);
    }
  }

  function letGo(connection: Connection): void {
    forget(connection);
    connection.end("it was let go, as its turn is far off");
  }

  function forget(connection: Connection): void {
    resting.delete(connection);
    inTurn.delete(connection);
  }

  function know(key: string, connection: Connection): Known {
    const known = hosts.get(key) ?? { asked: 0, since: Number.NEGATIVE_INFINITY, connection: undefined, held: 0 };
    hosts.set(key, known);
    if (known.connection === connection) return known;
    connection.onEnd(() => forget(connection));
    return Object.assign(known, { connection, held: 0 });
  }

  return {
    hold(key, connection) {
      const known = know(key, connection);
      const rested = now() - known.since;
      if (known.held === 0 && rested >= restMs) known.asked = rested > turnMs ? 1 : known.asked + 1;
      known.held += 1;
      forget(connection);
      let given = false;
      return () => {
        if (given || known.connection !== connection) return;
        given = true;
        known.held -= 1;
        if (known.held === 0 && connection.ended === undefined) put(connection, known);
      };
    },
  };
}

/** `asked`: how many times, with rests in between; `since`: when it was last put down; `held`: by how many it is in hand. */
type Known = { asked: number; since: number; connection: Connection | undefined; held: number };
