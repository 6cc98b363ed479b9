import { connect } from "node:net";
import { portOf } from "./load.ts";
import type { ForwardAnswer } from "./server.ts";

const loopback = new Set(["127.0.0.1", "localhost", "::1"]);

/** Connects to what listens on the host's own loopback. A port where nothing of this host listens is refused. */
export function forward(home: string, target: { address: string; port: number }, answer: ForwardAnswer): void {
  const port = loopback.has(target.address) ? portOf(home, target.port) : undefined;
  if (port === undefined) {
    answer.reject();
    return;
  }
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  socket.once("error", answer.reject);
  socket.once("connect", () => {
    socket.off("error", answer.reject);
    const channel = answer.accept();
    socket.on("error", () => channel.close());
    channel.on("error", () => socket.destroy());
    channel.on("close", () => socket.destroy());
    socket.pipe(channel).pipe(socket);
  });
}
