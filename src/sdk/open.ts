import { type Definitions, readDefinitions } from "./definitions.ts";
import { flagOf } from "./flag.ts";
import { Follower, type Problem } from "./follow.ts";
import { type Clock, type Figures, Limiter, type LimitOptions } from "./limiter.ts";
import { type Places, placesOf, rateFile } from "./places.ts";
import { exposition } from "./prometheus.ts";

const clock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** One limit and what its file said last; until it says something, the caller's own rate holds. */
type Limited = { readonly limiter: Limiter; told: boolean };

/** The flags and rates of one place. */
export class Ship {
  /** See `flagOf`. */
  readonly flag = flagOf(() => this.definitions());
  readonly #follower = new Follower();
  readonly #rates: string | undefined;
  readonly #limits = new Map<string, Limited>();
  #flags: Definitions = new Map();

  constructor(places: Places) {
    const { flags, rates } = placesOf(places, process.env);
    this.#rates = rates;
    if (flags !== undefined) this.#follower.follow(flags, (text) => this.#define(text));
  }

  /** The flags as they were last read. */
  definitions(): Definitions {
    return this.#flags;
  }

  /**
   * Makes the call when the limit has room for it: `rate` times a second for all callers of that name together, or as often as
   * the rate's file says; 0 stops. Fails as the call does, with RefusedError, or with RangeError for a rate that is none.
   */
  limit<T>(name: string, rate: number, call: () => T, options?: LimitOptions): Promise<Awaited<T>> {
    if (!(rate >= 0)) return Promise.reject(new RangeError(`${name} needs a rate of 0 or more, and not ${rate}.`));
    const { limiter, told } = this.#limits.get(name) ?? this.#begin(name, rate);
    if (!told) limiter.setRate(finite(rate));
    return limiter.run(call, options);
  }

  /** What each limit has let through, delayed and refused since it was first used, by its name. */
  metrics(): Readonly<Record<string, Figures>> {
    return Object.fromEntries([...this.#limits].map(([name, { limiter }]) => [name, limiter.figures()]));
  }

  /** Which of the files are missing, cannot be read or say nothing that makes sense, and since when: an application goes on without. */
  problems(): readonly Problem[] {
    return this.#follower.problems();
  }

  /** Metrics and problems as Prometheus' text. */
  prometheus(): string {
    return exposition(this.metrics(), this.problems());
  }

  /** Follows no file any more, and refuses those who wait. What was read last goes on to hold. */
  close(): void {
    this.#follower.close();
    for (const { limiter } of this.#limits.values()) limiter.close();
  }

  /** A file that is broken tells nothing: what was good last holds. */
  #define(text: string): string | undefined {
    const flags = readDefinitions(text, () => Math.floor(Date.now() / 1_000));
    if (typeof flags === "string") return flags;
    this.#flags = flags;
    return undefined;
  }

  #begin(name: string, rate: number): Limited {
    const limited: Limited = { limiter: new Limiter(name, finite(rate), clock), told: false };
    this.#limits.set(name, limited);
    const file = rateFile(this.#rates, name);
    if (file === undefined) return limited;
    this.#follower.follow(file, (text) => {
      const told = rateOf(text);
      if (told === undefined) return "It is no number of 0 or more.";
      limited.told = true;
      limited.limiter.setRate(told);
      return undefined;
    });
    return limited;
  }
}

/** Opens the files at these places; what is not given is taken from the environment, see `placesOf`. To be closed. */
export function open(places: Places = {}): Ship {
  return new Ship(places);
}

/** A file's one number, as `echo 10` leaves it, or undefined where it is none. */
function rateOf(text: string): number | undefined {
  const written = text.trim();
  return /^\d+(\.\d+)?$/.test(written) ? finite(Number(written)) : undefined;
}

/** A rate without a bound is the largest number: sums with infinity have no answer. */
function finite(rate: number): number {
  return Math.min(rate, Number.MAX_VALUE);
}
