import type { Opened } from "../channels.ts";
import { type Outlet, ProxiedChannel } from "./channel.ts";
import { packed, type Reader } from "./packet.ts";

/** Messages of the connection protocol (RFC 4254, 9). */
export const message = {
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

/** A channel that was asked for: what to run when it is open (nothing: it is a forwarded connection), and whom to tell. */
export type Asked = {
  readonly opened: Opened;
  readonly command: string | undefined;
  channel: ProxiedChannel | undefined;
  told: boolean;
};

export type Send = (type: number, body: Uint8Array, done?: () => void) => void;

/** Channels by their number here. */
export type Line = { readonly send: Send; readonly asked: Map<number, Asked> };

/** One message about a channel. Of the rest the master takes care. */
export type Answer = { readonly id: number; readonly ask: Asked; readonly from: Reader; readonly line: Line };

/** What each message of the server's means for its channel. */
export const answers: Readonly<Record<number, (answer: Answer) => void>> = {
  [message.confirmation]: confirmed,
  [message.failure]: failed,
  [message.adjust]: ({ ask, from }) => ask.channel?.widen(from.number()),
  [message.data]: ({ ask, from }) => ask.channel?.receive(from.bytes(), false),
  // 1 is stderr, the only extended data there is.
  [message.extended]: ({ ask, from }) => from.number() === 1 && ask.channel?.receive(from.bytes(), true),
  [message.eof]: ({ ask }) => ask.channel?.eof(),
  [message.close]: ({ ask }) => {
    tell(ask, new Error("the server closed the session"));
    ask.channel?.shut();
  },
  [message.request]: requested,
  [message.success]: ({ ask }) => tell(ask),
  [message.refused]: ({ ask }) => {
    tell(ask, new Error("Unable to exec"));
    ask.channel?.close();
  },
};

/** Tells once how the asking ended. */
export function tell(ask: Asked, error?: Error): void {
  if (ask.told) return;
  ask.told = true;
  if (ask.channel === undefined || error !== undefined)
    ask.opened(error ?? new Error("the server opened no channel"), undefined);
  else ask.opened(undefined, ask.channel);
}

function confirmed({ id, ask, from, line }: Answer): void {
  onlyOnce(ask);
  const [remote, window, most] = [from.number(), from.number(), from.number()];
  ask.channel = new ProxiedChannel(outletTo(line.send, remote), { window, most });
  ask.channel.once("close", () => line.asked.delete(id));
  if (ask.command !== undefined) {
    line.send(message.request, packed(remote, "exec", true, ask.command));
    return;
  }
  // There is none on a forwarded connection, and so nobody who reads it.
  ask.channel.stderr.resume();
  tell(ask);
}

function failed({ id, ask, from, line }: Answer): void {
  onlyOnce(ask);
  line.asked.delete(id);
  const reason = from.number();
  tell(ask, Object.assign(new Error(`(SSH) Channel open failure: ${from.text()}`), { reason }));
}

/** A channel that is opened again would be a command that runs again, and the one before would never end. */
function onlyOnce({ channel }: Asked): void {
  if (channel !== undefined) throw new Error("the server answered twice for one channel");
}

/** How a command ended. Any other request that wants an answer is not known: sshd asks so for signs of life. */
function requested({ ask, from }: Answer): void {
  const [type, wanted] = [from.text(), from.flag()];
  if (type === "exit-status") ask.channel?.emit("exit", from.number());
  else if (type === "exit-signal") ask.channel?.emit("exit", null, `SIG${from.text()}`);
  else if (wanted) ask.channel?.refuse();
}

function outletTo(send: Send, remote: number): Outlet {
  return {
    data: (bytes, done) => send(message.data, packed(remote, bytes), done),
    grant: (bytes) => send(message.adjust, packed(remote, bytes)),
    refuse: () => send(message.refused, packed(remote)),
    eof: () => send(message.eof, packed(remote)),
    close: () => send(message.close, packed(remote)),
  };
}
