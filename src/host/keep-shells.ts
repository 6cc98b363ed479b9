import type { Duplex } from "node:stream";
import type { Host } from "../core/fleet.ts";
import type { Command, Transport } from "../core/transport.ts";
import { KeptShell } from "./kept-shell.ts";

/** So long a shell waits for the next program, ms: the steps of a change follow each other within moments. */
const lingerMs = 3_000;

/**
 * A transport on which the orders to a host run one after another in one shell: a session and a login shell for each cost
 * the host more than most orders do. What comes while that shell is busy, or needs the stream, has a session of its own.
 */
export function keepShells(transport: Transport<Duplex>, linger = lingerMs): Transport<Duplex> {
  const resting = new Map<string, Resting>();

  function take(key: string): KeptShell | undefined {
    const found = resting.get(key);
    resting.delete(key);
    clearTimeout(found?.timer);
    return found?.shell.isOver === false ? found.shell : undefined;
  }

  function rest(key: string, shell: KeptShell): void {
    take(key)?.end();
    const timer = setTimeout(() => take(key)?.end(), linger).unref();
    resting.set(key, { shell, timer });
  }

  return {
    connect: transport.connect,
    async run(host, command) {
      const key = keyOf(host);
      const found = take(key);
      const program = programOf(command);
      if (program === undefined || (found === undefined && command.shell !== "kept")) {
        // A server may allow no second session beside it.
        found?.end();
        return transport.run(host, command);
      }
      const shell = found ?? new KeptShell(transport, host, command);
      const ran = await shell.run(program, command);
      if (!shell.isOver) rest(key, shell);
      return ran;
    },
    close() {
      for (const key of [...resting.keys()]) take(key)?.end();
      return transport.close();
    },
  };
}

type Resting = { readonly shell: KeptShell; readonly timer: NodeJS.Timeout };

function keyOf({ name, address, port, user }: Host): string {
  return JSON.stringify([name, address, port, user]);
}

/** The bytes of a program that may run in a shared shell. */
function programOf({ shell, stdin }: Command): Iterable<Uint8Array> | undefined {
  return shell === undefined || Symbol.asyncIterator in stdin ? undefined : stdin;
}
