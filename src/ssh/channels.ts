import type { Duplex, Readable } from "node:stream";
import type { Client, ClientCallback } from "ssh2";

/**
 * What runs over a connection, whoever holds it: ssh2's client, or the system's ssh. The errors are ssh2's: one with a
 * `reason` is the server's number (RFC 4254, 5.1), and "No response from server" says that the connection ended before
 * the server had opened the channel, so nothing was asked. Both ways to open one throw where the connection has ended.
 */
export type Channels = {
  exec(line: string, opened: Opened): void;
  forwardOut(from: Address, to: Address, opened: Opened): void;
  /** Says goodbye. */
  end(): void;
};

export type Address = { readonly address: string; readonly port: number };

export type Opened = (...answer: [error: Error, channel: undefined] | [error: undefined, channel: Channel]) => void;

/** Also emits `exit`, with a code, or with null and a signal's name (`SIGTERM`). */
export type Channel = Duplex & { readonly stderr: Readable; close(): void };

export function channelsOf(client: Client): Channels {
  return {
    exec: (line, opened) => void client.exec(line, told(opened)),
    forwardOut: (from, to, opened) =>
      void client.forwardOut(from.address, from.port, to.address, to.port, told(opened)),
    end: () => void client.end(),
  };
}

function told(opened: Opened): ClientCallback {
  return (error, channel) => (error === undefined ? opened(undefined, channel) : opened(error, undefined));
}
