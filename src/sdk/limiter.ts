import { type Bucket, bucketOf, change, fill, waitOf } from "./bucket.ts";

/** Where time comes from: now in milliseconds since some moment, and a call after some; it returns what calls that off. */
export type Clock = {
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
};

export type LimitOptions = {
  /** What happens to a call that has no token: it waits (default), or is refused at once. */
  readonly onLimit?: "wait" | "reject" | undefined;
  /** How many calls may wait at once (default 1000); a further one is refused. */
  readonly queue?: number | undefined;
};

/** What a limit has done since it began. All but `rate` and `waiting` only grow. */
export type Figures = {
  /** Calls a second that may pass now. */
  readonly rate: number;
  /** Calls that were let through, at once or later. */
  readonly passed: number;
  /** Calls that had to wait. */
  readonly delayed: number;
  readonly refused: number;
  /** Calls that wait now. */
  readonly waiting: number;
};

/** A call was not made: the limit had no token and its queue no room, or the call did not want to wait, or the SDK was closed. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

type Waiting = { readonly go: () => void; readonly refuse: () => void };

const usualQueue = 1_000;
/** The longest sleep, in milliseconds: at rate 0 the timer keeps the process alive for those who wait. */
const longest = 1_000;

/** Lets calls through at a rate, in the order in which they came. To be closed. */
export class Limiter {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #queue = new Set<Waiting>();
  readonly #bucket: Bucket;
  #callOff: (() => void) | undefined;
  #passed = 0;
  #delayed = 0;
  #refused = 0;

  constructor(name: string, rate: number, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
    this.#bucket = bucketOf(rate, clock.now());
  }

  /** Calls a second from now on; 0 stops. Who waits goes on waiting, and goes by the new rate. */
  setRate(rate: number): void {
    if (rate === this.#bucket.rate) return;
    change(this.#bucket, rate, this.#clock.now());
    this.#serve();
  }

  /**
   * What `call` gives, when its turn has come; fails as it does, or with RefusedError. Where there is a token, nothing is made for the
   * call but the promise of what it gives.
   */
  run<T>(call: () => T, options?: LimitOptions): Promise<Awaited<T>> {
    fill(this.#bucket, this.#clock.now());
    if (this.#queue.size > 0 || this.#bucket.tokens < 1) return this.#later(call, options ?? {});
    this.#take();
    return made(call);
  }

  figures(): Figures {
    const { rate } = this.#bucket;
    return {
      rate,
      passed: this.#passed,
      delayed: this.#delayed,
      refused: this.#refused,
      waiting: this.#queue.size,
    };
  }

  /** Refuses all who wait. */
  close(): void {
    this.#callOff?.();
    for (const waiting of this.#queue) waiting.refuse();
    this.#queue.clear();
  }

  async #later<T>(call: () => T, { onLimit = "wait", queue = usualQueue }: LimitOptions): Promise<Awaited<T>> {
    if (onLimit === "reject" || this.#queue.size >= queue) throw this.#refusal();
    await this.#turn();
    return await call();
  }

  #turn(): Promise<void> {
    this.#delayed++;
    return new Promise((go, reject) => {
      this.#queue.add({ go, refuse: () => reject(this.#refusal()) });
      if (this.#queue.size === 1) this.#serve();
    });
  }

  #serve(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    fill(this.#bucket, this.#clock.now());
    for (const waiting of this.#queue) {
      if (this.#bucket.tokens < 1) break;
      this.#queue.delete(waiting);
      this.#take();
      waiting.go();
    }
    if (this.#queue.size === 0) return;
    const ms = Math.min(longest, Math.max(1, Math.ceil(waitOf(this.#bucket))));
    this.#callOff = this.#clock.after(ms, () => this.#serve());
  }

  #take(): void {
    this.#bucket.tokens--;
    this.#passed++;
  }

  #refusal(): RefusedError {
    this.#refused++;
    return new RefusedError(`The limit ${this.#name} let no further call through.`);
  }
}

/** A promise that the call gives is handed on as it is; what it throws is a promise that fails. */
function made<T>(call: () => T): Promise<Awaited<T>> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(error);
  }
}
