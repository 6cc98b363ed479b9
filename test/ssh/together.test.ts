import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { sendTogether } from "../../src/ssh/together.ts";
import type { Wire } from "../../src/ssh/wire.ts";

/** A wire that keeps what it was given at once, call by call. */
function wire(): { readonly socket: Wire; readonly calls: string[] } {
  const calls: string[] = [];
  const duplex = new Duplex({
    read: () => undefined,
    writev: (chunks, done) => {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(""));
      done();
    },
    write: (chunk, _encoding, done) => {
      calls.push(String(chunk));
      done();
    },
  });
  return { socket: Object.assign(duplex, { bytesRead: 0, bytesWritten: 0, destroySoon: () => undefined }), calls };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("what is written while something is read, and right after that, goes out at once", async () => {
  const { socket, calls } = wire();
  socket.on("data", (data) => {
    socket.write(`${data}1`);
    socket.write("2");
    queueMicrotask(() => socket.write("3"));
  });
  sendTogether(socket);
  socket.push("a");
  await turn();
  await turn();
  expect(calls).toEqual(["a123"]);
  socket.push("b");
  await turn();
  await turn();
  expect(calls).toEqual(["a123", "b123"]);
});

test("what is written by itself waits for nothing", () => {
  const { socket, calls } = wire();
  sendTogether(socket);
  socket.write("alone");
  expect(calls).toEqual(["alone"]);
});

test("what several packets bring goes out once, and an end in between sends it too", async () => {
  const { socket, calls } = wire();
  socket.on("data", (data) => socket.write(data));
  sendTogether(socket);
  socket.emit("data", "a");
  socket.emit("data", "b");
  socket.end("c");
  await turn();
  expect(calls.join("")).toBe("abc");
});
