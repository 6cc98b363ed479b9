import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Host } from "../core/fleet.ts";
import type { Answer, Operation, Place } from "../core/host.ts";
import type { Command, Exit, Ran, Transport } from "../core/transport.ts";
import { listenFor, through } from "./feed.ts";
import { assignments, commandLine, type Frame, programBytes, readFrame } from "./frame.ts";
import type { Uplink } from "./uplink.ts";
import type { Ways } from "./way.ts";

/** One component's tree on one host, and the way there. */
export type Site = {
  readonly transport: Transport<Duplex>;
  readonly host: Host;
  readonly place: Place;
  readonly uplink: Uplink;
  /** What a run has learned of its hosts so far. */
  readonly ways: Ways;
};

/** The shape of one operation by its type, orders with their claim. */
export type Asked<T extends Operation["type"]> = Extract<Operation, { readonly type: T }>;

/** `words` become variables of the program; `after` follows it on stdin once it asked for that; `within` in ms, `cap` in bytes. */
export type Program = {
  readonly words: Readonly<Record<string, string | number>>;
  readonly text: string;
  readonly after?: () => AsyncIterable<Uint8Array>;
  readonly within?: number;
  readonly cap?: number;
};

/** What the host answered, or what is to be said when it did not. */
export type Outcome =
  | { readonly frame: Frame; readonly answer: undefined }
  | { readonly frame: undefined; readonly answer: Answer };

/** What a login shell may take until it runs the command, ms: some read much before. */
const greetsWithin = 20_000;

/** Runs a program on the host. A whole answer counts however the channel ended; without one nothing is known. */
export async function run(site: Site, program: Program): Promise<Outcome> {
  const nonce = randomBytes(16).toString("hex");
  const { path, component } = site.place;
  const words = { N: nonce, P: path, H: site.host.name, C: component, ...program.words };
  const bytes = programBytes(assignments(words) + program.text);
  const ran = await site.transport.run(site.host, {
    line: commandLine,
    ...streams(site, bytes, { after: program.after, nonce }),
    within: program.within ?? 30_000,
    greetsWithin,
    cap: program.cap ?? 65_536,
  });
  const frame = readFrame(ran.stdout, nonce);
  return frame === undefined ? { frame, answer: withoutFrame(ran) } : { frame, answer: undefined };
}

type Following = { readonly after: Program["after"]; readonly nonce: string };

/** What follows a program is sent only when that says `ship NONCE send`: most hosts that have the bytes ask for none. */
function streams(site: Site, bytes: Uint8Array, { after, nonce }: Following): Pick<Command, "stdin" | "onStdout"> {
  if (after === undefined) return { stdin: [bytes] };
  const word = listenFor(`\nship ${nonce} send\n`);
  async function* stdin(following: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield bytes;
    await word.heard;
    yield* through(site.uplink, following());
  }
  return { stdin: stdin(after), onStdout: word.listen };
}

function withoutFrame({ exit, stderr, truncated }: Ran): Answer {
  if (exit.type === "unsent") return { type: "unreachable", cause: exit.cause, reason: exit.reason };
  if (truncated) return { type: "lost", reason: "the answer was longer than it may be" };
  const words = Buffer.from(stderr).toString().trim().slice(-300);
  return { type: "lost", reason: `no answer: ${ending(exit)}${words === "" ? "" : `: ${words}`}` };
}

function ending(exit: Exclude<Exit, { readonly type: "unsent" }>): string {
  if (exit.type === "exited") return `the host's shell ended with code ${exit.code}`;
  return exit.type === "killed" ? `the host's shell was killed by ${exit.signal}` : exit.reason;
}
