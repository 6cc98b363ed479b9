import type { Event } from "../core/event.ts";

/** Where a reporter writes: `write` is stdout, `warn` is stderr; texts come with their line feeds. */
export type Output = {
  write(text: string): void;
  warn(text: string): void;
  /** Width of the terminal in characters, read anew for each picture; 80 where there is none. */
  readonly columns: number;
  /** Height of the terminal in lines; 24 when left out. */
  readonly rows?: number;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** A view of the stream of events, and of nothing else: every screen can be made again from a journal. */
export type Reporter = {
  report(event: Event): void;
  /** Gives the terminal back and prints what waited for that; also in the middle of a rollout. To be called always. */
  close(): Promise<void>;
};

export type EventOf<Type extends Event["type"]> = Extract<Event, { readonly type: Type }>;
