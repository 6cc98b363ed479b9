import type { Command, Exit, Ran } from "../core/transport.ts";
import { type Capture, firstBytes, lastBytes } from "./capture.ts";
import type { Channel } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { deadline } from "./deadline.ts";
import { feed } from "./feed.ts";

/** Kept of stderr, bytes. */
const stderrCap = 65_536;

/**
 * After a command's exit its output is waited for as long as some still comes, ms: a child in the background may hold
 * stdout open for ever, and one that keeps writing must not hold us either.
 */
const grace = { silent: 1000, most: 5000 };

/** Given with the signal, which else makes an error with a stack for each command that ends. */
const ended = "the command has ended";

/** A session, or why there is none. `busy`: the server allows no further session on this connection. */
export type Started =
  | { readonly type: "started"; readonly session: Session }
  | { readonly type: "busy" }
  | { readonly type: "unsent"; readonly reason: string }
  | { readonly type: "lost"; readonly reason: string };

/** A command that runs, with everything that was heard of it so far. */
export type Session = {
  readonly connection: Connection;
  readonly channel: Channel;
  readonly stdout: Capture;
  readonly stderr: Capture;
  /** Aborts when the command has ended and takes no more input. */
  readonly over: AbortController;
  readonly exit: Promise<Exit>;
  /** How it ended, as soon as that was heard; `exit` waits for the output too. */
  heard(): Exit | undefined;
};

/**
 * Opens a session for `command`. Whether the request may have been sent decides between `unsent` and `lost`, so only
 * failures that ssh2 tells before it sends the request count as unsent.
 */
export function start(connection: Connection, command: Command, late: AbortSignal): Promise<Started> {
  return new Promise((resolve) => {
    const tooLate = () => resolve({ type: "lost", reason: "the session did not open in time" });
    late.addEventListener("abort", tooLate, { once: true });
    try {
      connection.client.exec(command.line, (error, channel) => {
        late.removeEventListener("abort", tooLate);
        if (error !== undefined) return resolve(refusal(connection, error));
        // Listened to at once: the answer and the exit may stand in the packet that is being read just now.
        const session = listen(connection, channel, command);
        if (late.aborted) channel.close();
        resolve({ type: "started", session });
      });
    } catch {
      // ssh2 throws when the connection has ended already, though that may not have been told yet: another one is due.
      connection.drop("the connection had ended");
      resolve({ type: "unsent", reason: connection.ended ?? "the connection had ended" });
    }
  });
}

function refusal(connection: Connection, error: Error): Started {
  const reason = connection.ended ?? error.message;
  // 2 is "connect failed", what sshd answers beyond MaxSessions; 4 is "resource shortage" (RFC 4254, 5.1).
  if ("reason" in error)
    return error.reason === 2 || error.reason === 4 ? { type: "busy" } : { type: "unsent", reason };
  // ssh2's words for a connection that ended before the server had opened the channel.
  if (error.message === "No response from server") return { type: "unsent", reason };
  return { type: "lost", reason: connection.ended ?? "the server would not run the command" };
}

function listen(connection: Connection, channel: Channel, command: Command): Session {
  const stdout = firstBytes(command.cap);
  const stderr = lastBytes(stderrCap);
  const over = new AbortController();
  let heard: Exit | undefined;
  channel.on("error", () => undefined);
  channel.on("data", stdout.add);
  if (command.onStdout !== undefined) channel.on("data", command.onStdout);
  channel.stderr.on("data", stderr.add);
  const exit = new Promise<Exit>((resolve) => {
    channel.once("exit", (code: number | null, signal?: string) => {
      heard = code === null ? { type: "killed", signal: signal ?? "unknown" } : { type: "exited", code };
      over.abort(ended);
      waitForOutput(channel, heard, resolve);
    });
    channel.on("close", () => resolve(closed(connection, heard)));
  });
  return { connection, channel, stdout, stderr, over, exit, heard: () => heard };
}

function waitForOutput(channel: Channel, exit: Exit, resolve: (exit: Exit) => void): void {
  const silent = setTimeout(() => resolve(exit), grace.silent);
  const most = setTimeout(() => resolve(exit), grace.most);
  channel.on("data", () => silent.refresh());
  channel.on("close", () => {
    clearTimeout(silent);
    clearTimeout(most);
  });
}

/** A connection that broke may have cut the answer short, so an exit that was heard before it does not count. */
function closed(connection: Connection, heard: Exit | undefined): Exit {
  if (connection.ended !== undefined) return { type: "lost", reason: connection.ended };
  return heard ?? { type: "lost", reason: "the session closed without an exit status" };
}

/** Sends `command.stdin`, waits for the end, and says how it ended. `late` is the command's deadline. */
export async function converse(session: Session, command: Command, late: AbortSignal): Promise<Ran> {
  const { connection, channel, stdout, stderr, over } = session;
  const fed = feed(channel, connection.socket, command.stdin, over.signal).then(never, unreadable);
  const greeting = greetingOf(session, command);
  const exit = await Promise.race([session.exit, fed, lateness(session, command, late), greeting.missed]);
  greeting.clear();
  over.abort(ended);
  if (connection.ended === undefined) channel.close();
  return { exit, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.truncated() };
}

function lateness(session: Session, command: Command, late: AbortSignal): Promise<Exit> {
  return new Promise((resolve) => {
    const none: Exit = { type: "lost", reason: `no end within ${command.within / 1000} s` };
    const tooLate = () => resolve(session.heard() ?? none);
    if (late.aborted) tooLate();
    late.addEventListener("abort", tooLate, { once: true });
  });
}

function greetingOf({ stdout }: Session, { greetsWithin }: Command): { missed: Promise<Exit>; clear: () => void } {
  if (greetsWithin === undefined) return { missed: never(), clear: () => undefined };
  const late = deadline(greetsWithin);
  const reason = `the login shell said nothing within ${greetsWithin / 1000} s`;
  const missed = new Promise<Exit>((resolve) => {
    late.signal.addEventListener("abort", () => stdout.bytes().length > 0 || resolve({ type: "lost", reason }));
  });
  return { missed, clear: late.clear };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function unreadable(error: unknown): Exit {
  const why = error instanceof Error ? error.message : String(error);
  return { type: "lost", reason: `what was to be sent could not be read: ${why}` };
}
