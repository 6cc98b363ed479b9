import type { Wire } from "./wire.ts";

/**
 * What is answered to what came at once is sent at once: each write is a call into the kernel, and on a short way that is
 * a fourth of what a connection costs. Nothing waits for more than the turn of the event loop in which it was written.
 */
export function sendTogether(socket: Wire): void {
  let held = false;
  const release = () => {
    held = false;
    socket.uncork();
  };
  socket.prependListener("data", () => {
    if (held) return;
    held = true;
    socket.cork();
    setImmediate(release);
  });
}
