import { connect, type Socket } from "node:net";
import { framed, packed, reader, unframed } from "./packet.ts";

/** Messages of a master's control socket (PROTOCOL.mux of OpenSSH). */
const hello = 0x00000001;
const version = 4;
const terminate = 0x10000005;
const proxy = 0x1000000f;
const proxied = 0x8000000f;

/** Connects to a master's control socket and puts it into proxy mode. Rejects with an Error that says why not. */
export async function openProxy(path: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ path });
  // It stays: an error that nobody hears would end the process. What follows from one is told by `close`.
  socket.on("error", () => undefined);
  socket.write(Buffer.concat([framed(packed(hello, version)), framed(packed(proxy, 0))]));
  try {
    await answered(socket, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function answered(socket: Socket, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const answer = new Promise<void>((resolve, reject) => {
    const tooLate = () => reject(new Error("the system's ssh did not answer in time"));
    if (signal.aborted) tooLate();
    signal.addEventListener("abort", tooLate, { signal: over.signal });
    const read = unframed((packet) => {
      const type = packet.readUInt32BE();
      if (type === proxied) resolve();
      else if (type !== hello) reject(new Error(`the system's ssh takes no channels from its socket: ${why(packet)}`));
    });
    const take = (chunk: Buffer) => {
      try {
        read(chunk);
      } catch (error) {
        reject(error);
      }
    };
    over.signal.addEventListener("abort", () => socket.off("data", take), { once: true });
    socket.on("data", take);
    socket.once("close", () => reject(new Error("the system's ssh closed its control socket")));
  });
  return answer.finally(() => over.abort());
}

/** A refusal carries its request's number and a text. */
function why(packet: Buffer): string {
  const from = reader(packet, 8);
  return packet.length > 8 ? from.text() : "no reason given";
}

/** Asks a master to end, and waits until it has hung up, but not for ever. Nothing is wrong when it had ended already. */
export function endMaster(path: string): Promise<void> {
  const socket = connect({ path });
  socket.setTimeout(1000, () => socket.destroy());
  socket.on("error", () => undefined).resume();
  socket.end(Buffer.concat([framed(packed(hello, version)), framed(packed(terminate, 0))]));
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
