import type { Socket } from "node:net";
import type { Channels } from "../channels.ts";
import { type Asked, answers, type Line, message, type Send, tell } from "./answers.ts";
import { ownWindow } from "./channel.ts";
import { framed, packed, reader, unframed } from "./packet.ts";

/** What we take in one packet, bytes, as ssh itself. */
const ownPacket = 32_768;

export type ProxyClient = Channels & {
  /** Ends what is open. Call it when the connection is over, after that was noted. */
  cut(): void;
};

/**
 * Speaks SSH's connection protocol with the server through a master's control socket in proxy mode (PROTOCOL.mux of
 * OpenSSH, 7.4 or later): packets without encryption or padding, channel numbers of our own. One socket carries all
 * channels of a host, and no process is started for a command. `socket` must be in that mode already.
 */
export function proxyClient(socket: Socket, goodbye: () => void): ProxyClient {
  const line: Line = { send: sender(socket), asked: new Map() };
  listen(socket, line);
  let next = 0;

  function open(type: string, detail: Uint8Array, ask: Pick<Asked, "command" | "opened">): void {
    if (!socket.writable) throw new Error("Not connected");
    const id = next++;
    line.asked.set(id, { ...ask, channel: undefined, told: false });
    line.send(message.open, Buffer.concat([packed(type, id, ownWindow, ownPacket), detail]));
  }

  return {
    exec: (command, opened) => open("session", Buffer.alloc(0), { command, opened }),
    forwardOut: (from, to, opened) =>
      open("direct-tcpip", packed(to.address, to.port, from.address, from.port), { command: undefined, opened }),
    end: goodbye,
    cut: () => cut(line),
  };
}

function sender(socket: Socket): Send {
  return (type, body, done) => {
    if (socket.writable) socket.write(framed(Buffer.concat([Buffer.from([0, type]), body])), done);
    else done?.();
  };
}

function listen(socket: Socket, line: Line): void {
  const take = unframed((packet) => {
    const answer = answers[packet[1] ?? 0];
    // What is not about a channel is the master's business.
    if (answer === undefined) return;
    const from = reader(packet, 2);
    const id = from.number();
    const ask = line.asked.get(id);
    if (ask !== undefined) answer({ id, ask, from, line });
  });
  socket.on("data", (chunk: Buffer) => {
    try {
      take(chunk);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });
}

function cut({ asked }: Line): void {
  for (const ask of [...asked.values()]) {
    // Where the server had opened the channel the command may have been sent.
    tell(ask, new Error(ask.channel === undefined ? "No response from server" : "the connection ended"));
    ask.channel?.cut();
  }
  asked.clear();
}
