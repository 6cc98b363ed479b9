import type { Socket } from "node:net";
import type { Channels, Opened } from "../channels.ts";
import { type Outlet, ownWindow, ProxiedChannel } from "./channel.ts";
import { framed, packed, type Reader, reader, unframed } from "./packet.ts";

/** Messages of the connection protocol (RFC 4254, 9). */
const message = {
  open: 90,
  confirmation: 91,
  failure: 92,
  adjust: 93,
  data: 94,
  extended: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  refused: 100,
} as const;

/** What we take in one packet, bytes, as ssh itself. */
const ownPacket = 32_768;

/** A channel that was asked for: what to send when it is open, and whom to tell. `channel` once it is. */
type Asked = {
  readonly opened: Opened;
  readonly command: string | undefined;
  channel: ProxiedChannel | undefined;
  remote: number;
  told: boolean;
};

type Send = (type: number, body: Uint8Array, done?: () => void) => void;

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
  const asked = new Map<number, Asked>();
  let next = 0;
  const send: Send = (type, body, done) => {
    if (socket.writable) socket.write(framed(Buffer.concat([Buffer.from([0, type]), body])), done);
    else done?.();
  };

  function open(type: string, detail: Uint8Array, more: Pick<Asked, "command" | "opened">): void {
    if (!socket.writable) throw new Error("Not connected");
    const id = next++;
    asked.set(id, { ...more, channel: undefined, remote: 0, told: false });
    send(message.open, Buffer.concat([packed(type, id, ownWindow, ownPacket), detail]));
  }

  function confirmed(id: number, ask: Asked, from: Reader): void {
    const [remote, window, most] = [from.number(), from.number(), from.number()];
    ask.remote = remote;
    ask.channel = new ProxiedChannel(outletTo(send, remote), { window, most });
    ask.channel.once("close", () => asked.delete(id));
    if (ask.command === undefined) {
      // There is none on a forwarded connection, and so nobody who reads it.
      ask.channel.stderr.resume();
      tell(ask);
      return;
    }
    send(message.request, packed(remote, "exec", true, ask.command));
  }

  function failed(id: number, ask: Asked, from: Reader): void {
    asked.delete(id);
    const reason = from.number();
    tell(ask, Object.assign(new Error(`(SSH) Channel open failure: ${from.text()}`), { reason }));
  }

  const of: Readonly<Record<number, (id: number, ask: Asked, from: Reader) => void>> = {
    [message.confirmation]: confirmed,
    [message.failure]: failed,
    [message.adjust]: (_id, { channel }, from) => channel?.widen(from.number()),
    [message.data]: (_id, { channel }, from) => channel?.receive(from.bytes(), false),
    [message.extended]: (_id, { channel }, from) => from.number() === 1 && channel?.receive(from.bytes(), true),
    [message.eof]: (_id, { channel }) => channel?.eof(),
    [message.close]: (_id, ask) => {
      tell(ask, new Error("the server closed the session"));
      ask.channel?.shut();
    },
    [message.request]: (_id, ask, from) => exits(ask, from, send),
    [message.success]: (_id, ask) => tell(ask),
    [message.refused]: (_id, ask) => {
      tell(ask, new Error("Unable to exec"));
      ask.channel?.close();
    },
  };

  const take = unframed((packet) => {
    const handle = of[packet[1] ?? 0];
    // What is not about a channel is the master's business.
    if (handle === undefined) return;
    const from = reader(packet, 2);
    const id = from.number();
    const ask = asked.get(id);
    if (ask !== undefined) handle(id, ask, from);
  });
  socket.on("data", (chunk: Buffer) => {
    try {
      take(chunk);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });

  return {
    exec: (command, opened) => open("session", Buffer.alloc(0), { command, opened }),
    forwardOut: (from, to, opened) =>
      open("direct-tcpip", packed(to.address, to.port, from.address, from.port), { command: undefined, opened }),
    end: goodbye,
    cut() {
      for (const ask of [...asked.values()]) {
        // Where the server had opened the channel the command may have been sent.
        tell(ask, new Error(ask.channel === undefined ? "No response from server" : "the connection ended"));
        ask.channel?.cut();
      }
      asked.clear();
    },
  };
}

/** Tells once how the asking ended. */
function tell(ask: Asked, error?: Error): void {
  if (ask.told) return;
  ask.told = true;
  if (ask.channel === undefined || error !== undefined)
    ask.opened(error ?? new Error("the server opened no channel"), undefined);
  else ask.opened(undefined, ask.channel);
}

/** How a command ended. Any other request that wants an answer is not known: sshd asks so for signs of life. */
function exits({ channel, remote }: Asked, from: Reader, send: Send): void {
  const [type, wanted] = [from.text(), from.flag()];
  if (type === "exit-status") channel?.emit("exit", from.number());
  else if (type === "exit-signal") channel?.emit("exit", null, `SIG${from.text()}`);
  else if (wanted) send(message.refused, packed(remote));
}

function outletTo(send: Send, remote: number): Outlet {
  return {
    data: (bytes, done) => send(message.data, packed(remote, bytes), done),
    grant: (bytes) => send(message.adjust, packed(remote, bytes)),
    eof: () => send(message.eof, packed(remote)),
    close: () => send(message.close, packed(remote)),
  };
}
