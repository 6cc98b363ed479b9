import type { Socket } from "node:net";
import { Connection, type Timing } from "../connection.ts";
import { before, deadline } from "../deadline.ts";
import { closed, type Failed } from "../diagnosis.ts";
import type { Target } from "../target.ts";
import { proxyClient } from "./client.ts";
import { endMaster, openProxy } from "./control.ts";
import { type ControlFolder, controlFolder } from "./folder.ts";
import { type Master, startMaster } from "./master.ts";
import { lastWords, refusal } from "./refusal.ts";
import { masterWords } from "./words.ts";

/** Connections that the system's ssh makes and holds: a master for each, and a control socket by which it is spoken to. */
export type SystemSsh = {
  /** Logs in; why that failed is a value. `way` leads to the host, as arguments of ssh. `closing` gives it up. */
  dial(target: Target, way: readonly string[], more: Dialling): Promise<Connection | Failed>;
  /** Removes what was made for them, when all connections have ended. */
  close(): Promise<void>;
};

export type Dialling = { readonly timing: Timing; readonly closing: AbortSignal };

export function systemSsh(): SystemSsh {
  let folder: Promise<ControlFolder> | undefined;
  const masters = new Set<Promise<void>>();

  /** A folder that could not be made is tried again by the next who connects: a disk may have been full. */
  function ours(): Promise<ControlFolder> {
    const making: Promise<ControlFolder> = folder ?? controlFolder();
    folder = making;
    making.catch(() => {
      if (folder === making) folder = undefined;
    });
    return making;
  }

  return {
    async dial(target, way, { timing, closing }) {
      // Who gives up tells only those that wait for it then, and not those that come later or wait for the folder.
      if (closing.aborted) return closed;
      const path = (await ours()).next();
      if (closing.aborted) return closed;
      const master = startMaster(masterWords(path, way, timing));
      const ended = master.ended.then(() => void masters.delete(ended));
      masters.add(ended);
      return connect(target, { master, path, timing, closing });
    },
    async close() {
      const patience = deadline(1000);
      await before(patience.signal, Promise.all(masters));
      patience.clear();
      // Where it could not be made, that was told to whoever wanted to connect.
      await folder?.then((made) => made.remove()).catch(() => undefined);
    },
  };
}

type Coming = Dialling & { readonly master: Master; readonly path: string };

async function connect(target: Target, { master, path, timing, closing }: Coming): Promise<Connection | Failed> {
  const late = deadline(timing.connectWithin);
  const stop = () => master.stop();
  late.signal.addEventListener("abort", stop, { once: true });
  closing.addEventListener("abort", stop, { once: true });
  try {
    if (!(await master.ready)) return await whyNot(target, master, late.signal, timing);
    const socket = await openProxy(path, AbortSignal.any([late.signal, closing]));
    return connectionOver(socket, master, path);
  } catch (error) {
    await endMaster(path);
    return { cause: "unreachable", reason: error instanceof Error ? error.message : String(error), again: false };
  } finally {
    late.clear();
    closing.removeEventListener("abort", stop);
  }
}

async function whyNot(target: Target, master: Master, late: AbortSignal, timing: Timing): Promise<Failed> {
  const failed = master.failed();
  if (failed !== undefined) return notThere(failed);
  await soon(master.ended);
  if (!late.aborted) return refusal(target, master.said());
  const what = /^debug1: SSH2_MSG_NEWKEYS received/m.test(master.said()) ? "the login" : "the connection";
  const reason = `${what} did not come about within ${timing.connectWithin / 1000} s`;
  return { cause: "unreachable", reason: `${target.address}:${target.port}: ${reason}`, again: false };
}

function notThere(error: Error): Failed {
  const missing = "code" in error && error.code === "ENOENT";
  const reason = missing
    ? "the system's ssh is needed and is not here: install OpenSSH's client (Debian, Ubuntu: openssh-client)"
    : `the system's ssh cannot be run: ${error.message}`;
  return { cause: "unreachable", reason, again: false };
}

function connectionOver(socket: Socket, master: Master, path: string): Connection {
  // Each channel that waits to write waits for the socket.
  socket.setMaxListeners(0);
  const client = proxyClient(socket, () => void endMaster(path));
  const connection = new Connection(client, socket);
  socket.on("error", () => undefined);
  socket.on("close", async () => {
    // Its last words say why, and they must be known before the channels notice.
    await soon(master.ended);
    connection.over(lastWords(master.said()) ?? "the host closed the connection");
    client.cut();
  });
  return connection;
}

/** Waits for `ended`, but not for ever: another process may hold on to ssh's stderr. */
async function soon(ended: Promise<void>): Promise<void> {
  const patience = deadline(500);
  await before(patience.signal, ended);
  patience.clear();
}
