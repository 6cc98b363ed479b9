import { Duplex, type Readable, type Writable } from "node:stream";

/** What an SSH connection is spoken over: a TCP socket, or something that stands for one. */
export type Wire = Duplex & {
  /** Bytes that came, and bytes that were given to be sent, since the beginning. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Closes as soon as everything is sent. */
  destroySoon(): void;
};

/** Two streams and what closes them. */
export type Ends = { readonly from: Readable; readonly to: Writable; readonly close: () => void };

/**
 * A wire through something else: a channel of another connection, or a program. Whoever made it says when it is over
 * (`finish`), because a program's reason comes after its last byte.
 */
export class Tunnel extends Duplex implements Wire {
  bytesRead = 0;
  readonly #ends: Ends;
  #sent = 0;

  constructor(ends: Ends) {
    super();
    this.#ends = ends;
    ends.from.on("data", (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) ends.from.pause();
    });
    // An end that broke is told by `finish`; unheard errors would end the process.
    ends.from.on("error", () => undefined);
    ends.to.on("error", () => undefined);
    // The other side is gone: what is still to be sent would never be taken.
    this.once("end", () => this.destroy());
  }

  /** As a socket counts them: what waits to be sent too. */
  get bytesWritten(): number {
    return this.#sent + this.writableLength;
  }

  /** The other side ended, in order or by `error`. */
  finish(error?: Error): void {
    if (this.destroyed) return;
    if (error === undefined) this.push(null);
    else this.destroy(error);
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    this.#ends.from.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#ends.to.write(chunk, (error) => {
      // What cannot be written any more is told by `finish`, which knows why.
      if (error) return;
      this.#sent += chunk.length;
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ends.close();
    done(error);
  }
}
