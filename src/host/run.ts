import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Host } from "../core/fleet.ts";
import type { Answer, Operation, Place } from "../core/host.ts";
import type { Exit, Ran, Transport } from "../core/transport.ts";
import { assignments, commandLine, type Frame, programBytes, readFrame } from "./frame.ts";

/** One component's tree on one host, and the way there. */
export type Site = { readonly transport: Transport<Duplex>; readonly host: Host; readonly place: Place };

/** The shape of one operation by its type, orders with their claim. */
export type Asked<T extends Operation["type"]> = Extract<Operation, { readonly type: T }>;

/** `words` become variables of the program; `after` is what follows it on stdin; `within` in ms, `cap` in bytes. */
export type Program = {
  readonly words: Readonly<Record<string, string | number>>;
  readonly text: string;
  readonly after?: AsyncIterable<Uint8Array>;
  readonly within?: number;
  readonly cap?: number;
};

/** What the host answered, or what is to be said when it did not. */
export type Outcome =
  | { readonly frame: Frame; readonly answer: undefined }
  | { readonly frame: undefined; readonly answer: Answer };

/** Runs a program on the host. A whole answer counts however the channel ended; without one nothing is known. */
export async function run(site: Site, program: Program): Promise<Outcome> {
  const nonce = randomBytes(16).toString("hex");
  const { path, component } = site.place;
  const words = { N: nonce, P: path, H: site.host.name, C: component, ...program.words };
  const ran = await site.transport.run(site.host, {
    line: commandLine,
    stdin: input(programBytes(assignments(words) + program.text), program.after),
    within: program.within ?? 30_000,
    cap: program.cap ?? 65_536,
  });
  const frame = readFrame(ran.stdout, nonce);
  return frame === undefined ? { frame, answer: withoutFrame(ran) } : { frame, answer: undefined };
}

async function* input(program: Uint8Array, after: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  yield program;
  if (after !== undefined) yield* after;
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
