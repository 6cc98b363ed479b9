import type { Host } from "./fleet.ts";

/**
 * How a command on a host ended. Four different things, because they mean four different things to a deployment:
 * only `exited` with 0 is success, `unsent` certainly did nothing, `lost` may have done anything.
 */
export type Exit =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "killed"; readonly signal: string }
  | { readonly type: "lost"; readonly reason: string }
  | { readonly type: "unsent"; readonly cause: "unreachable" | "host-key" | "auth"; readonly reason: string };

/** Output is capped by the transport; `truncated` says that there was more. */
export type Ran = {
  readonly exit: Exit;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly truncated: boolean;
};

export type Command = {
  /** A constant of the program; everything variable goes by stdin. */
  readonly line: string;
  readonly stdin: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** After this many ms without an end the answer is `lost`; they begin when the way to the host stands. */
  readonly within: number;
  /** A command that greets is `lost` after this many ms without a byte of its own: its login shell hangs. */
  readonly greetsWithin?: number;
  /** Cap on stdout, bytes. */
  readonly cap: number;
  /** Is told each part of stdout as it comes, also of what is behind `cap`: `stdin` may wait for a word of the command. Must not throw. */
  readonly onStdout?: (part: Uint8Array) => void;
};

/** The lower seam: bytes to and from a host. `Stream` is the runtime's duplex stream, which core does not know. */
export type Transport<Stream> = {
  run(host: Host, command: Command): Promise<Ran>;
  /**
   * Connects from the host to what listens there, as a stream; rejects with an Error whose message says why. Its `code` is
   * EHOSTUNREACH, as is that of the stream's own error, where the way to the host failed and not what listens there;
   * EACCES where the host is reached and forbids such connections.
   */
  connect(host: Host, target: { readonly address: string; readonly port: number }): Promise<Stream>;
  close(): Promise<void>;
};
