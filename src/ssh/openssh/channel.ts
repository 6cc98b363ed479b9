import { Duplex, Readable } from "node:stream";
import type { Channel } from "../channels.ts";

/** As much as the other side may send before more is granted, bytes; granted anew when half of it was read. */
export const ownWindow = 2 * 1024 * 1024;

/** What a channel says to the other side. */
export type Outlet = {
  /** Sends data; `done` when the way has taken it. */
  data(bytes: Uint8Array, done: () => void): void;
  grant(bytes: number): void;
  /** Answers a request that is not known. */
  refuse(): void;
  eof(): void;
  close(): void;
};

/** What the other side has room for: in all for now, and in one packet. */
export type Room = { window: number; readonly most: number };

type Part = "stdout" | "stderr";

/**
 * One channel of a connection that the system's ssh holds (RFC 4254, 5). Bytes go out only as far as the other side has
 * room; it gets more room as its own are read. A write after the other side has closed is called back, and dropped.
 */
export class ProxiedChannel extends Duplex implements Channel {
  readonly stderr: Readable;
  readonly #outlet: Outlet;
  readonly #room: Room;
  #waiting: { readonly bytes: Buffer; readonly done: () => void } | undefined;
  #read = 0;
  readonly #full = new Set<Part>();
  #unread = 2;
  #eof = false;
  #closed = { here: false, there: false };

  constructor(outlet: Outlet, room: Room) {
    super({ autoDestroy: false });
    this.#outlet = outlet;
    this.#room = room;
    this.stderr = new Readable({ read: () => this.#wanted("stderr") });
    this.stderr.once("end", () => this.#ended());
    this.once("end", () => this.#ended());
  }

  /** Data that came; `extended` is stderr's. Throws where it is more than was granted: it would grow without end. */
  receive(bytes: Buffer, extended: boolean): void {
    if (this.destroyed || this.#eof) return;
    this.#read += bytes.length;
    if (this.#read > ownWindow) throw new Error("the server sent more than it was granted");
    const room = extended ? this.stderr.push(bytes) : this.push(bytes);
    if (room) this.#grant();
    else this.#full.add(extended ? "stderr" : "stdout");
  }

  /** The other side has more room. */
  widen(bytes: number): void {
    this.#room.window += bytes;
    this.#send();
  }

  /** The other side asked for something that wants an answer, and is not known here. */
  refuse(): void {
    if (!this.#closed.here) this.#outlet.refuse();
  }

  /** Nothing more comes. */
  eof(): void {
    if (this.#eof || this.destroyed) return;
    this.#eof = true;
    this.push(null);
    this.stderr.push(null);
  }

  /** The other side has closed: `close` is emitted when what came before it was read. */
  shut(): void {
    this.#closed.there = true;
    this.close();
    this.eof();
    if (this.#unread === 0) this.destroy();
  }

  /** The connection is gone, and with it all that was not read. */
  cut(): void {
    this.#closed = { here: true, there: true };
    this.destroy();
  }

  close(): void {
    if (this.#closed.here) return;
    this.#closed.here = true;
    this.#outlet.close();
    this.#drop();
  }

  override _read(): void {
    this.#wanted("stdout");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#waiting = { bytes: chunk, done };
    this.#send();
  }

  override _final(done: () => void): void {
    if (!this.#closed.here) this.#outlet.eof();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.close();
    this.stderr.destroy();
    done(error);
  }

  #ended(): void {
    this.#unread -= 1;
    if (this.#unread === 0 && this.#closed.there) this.destroy();
  }

  /** Sends what waits, as far as there is room. */
  #send(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (this.#closed.here) {
      this.#drop();
      return;
    }
    const { bytes, done } = waiting;
    const length = Math.min(bytes.length, this.#room.window, this.#room.most);
    if (length === 0 && bytes.length > 0) return;
    this.#room.window -= length;
    this.#waiting = length < bytes.length ? { bytes: bytes.subarray(length), done } : undefined;
    this.#outlet.data(bytes.subarray(0, length), this.#waiting === undefined ? done : () => undefined);
    this.#send();
  }

  #drop(): void {
    const done = this.#waiting?.done;
    this.#waiting = undefined;
    done?.();
  }

  #wanted(part: Part): void {
    if (this.#full.delete(part)) this.#grant();
  }

  #grant(): void {
    if (this.#full.size > 0 || this.#read < ownWindow / 2 || this.#closed.here) return;
    this.#outlet.grant(this.#read);
    this.#read = 0;
  }
}
