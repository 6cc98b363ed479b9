import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Host } from "../core/fleet.ts";
import type { Command, Exit, Ran, Transport } from "../core/transport.ts";
import { listenFor } from "./feed.ts";
import { loopLine } from "./frame.ts";
import { type Inbox, openInbox } from "./inbox.ts";

/** No shell lives longer, ms. */
const longestMs = 86_400_000;

/** One shell on a host that runs programs one after another, each in a process of its own that reads nothing. */
export class KeptShell {
  readonly #inbox: Inbox = openInbox();
  readonly #ended: Promise<Ran>;
  #isOver = false;
  #hear: (part: Uint8Array) => void = () => undefined;
  #greet: () => void = () => undefined;
  readonly #greeted = new Promise<void>((resolve) => {
    this.#greet = resolve;
  });

  constructor(transport: Transport<Duplex>, host: Host, { greetsWithin }: Command) {
    const onStdout = (part: Uint8Array) => {
      this.#greet();
      this.#hear(part);
    };
    const patience = greetsWithin === undefined ? {} : { greetsWithin };
    const line = { line: loopLine, stdin: this.#inbox.chunks(), within: longestMs, cap: 1, onStdout };
    this.#ended = transport.run(host, { ...line, ...patience }).then((ran) => {
      this.#isOver = true;
      return ran;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Lets what runs come to its end, and then the shell. */
  end(): void {
    this.#inbox.end();
  }

  /** Runs one program; the one before has ended. Its deadline begins when the shell has greeted. */
  async run(program: Iterable<Uint8Array>, { cap, within }: Pick<Command, "cap" | "within">): Promise<Ran> {
    const mark = randomBytes(16).toString("hex");
    const over = listenFor(`\nship ${mark} over\n`);
    const told = capture(cap);
    this.#hear = (part) => {
      told.add(part);
      over.listen(part);
    };
    this.#inbox.put(Buffer.from(`${mark}\n`));
    for (const part of program) this.#inbox.put(part);
    const late = this.#lateness(within);
    const done = over.heard.then(() => ({ exit: exitedWell, stderr: new Uint8Array() }));
    const { exit, stderr } = await Promise.race([done, this.#ended, late.passed]);
    late.clear();
    this.#hear = () => undefined;
    return { exit, stderr, ...told.all() };
  }

  #lateness(within: number): { readonly passed: Promise<Pick<Ran, "exit" | "stderr">>; clear(): void } {
    let timer: NodeJS.Timeout | undefined;
    let isCleared = false;
    const exit: Exit = { type: "lost", reason: `no end within ${within / 1000} s` };
    const passed = new Promise<Pick<Ran, "exit" | "stderr">>((resolve) => {
      const tooLate = () => {
        this.#isOver = true;
        this.#inbox.fail(new Error(exit.reason));
        resolve({ exit, stderr: new Uint8Array() });
      };
      void this.#greeted.then(() => {
        if (!isCleared) timer = setTimeout(tooLate, within);
      });
    });
    const clear = () => {
      isCleared = true;
      clearTimeout(timer);
    };
    return { passed, clear };
  }
}

const exitedWell: Exit = { type: "exited", code: 0 };

function capture(cap: number) {
  const parts: Buffer[] = [];
  let length = 0;
  return {
    /** A copy: a chunk of one byte may hold on to all that was received with it. */
    add(part: Uint8Array) {
      if (length < cap) parts.push(Buffer.from(part.subarray(0, cap - length)));
      length += part.length;
    },
    all: () => ({ stdout: Buffer.concat(parts), truncated: length > cap }),
  };
}
