import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShipError } from "../../core/error.ts";
import { endMaster } from "./control.ts";

/** A folder for control sockets, which only this user may enter. */
export type ControlFolder = {
  /** A path for one more socket. */
  next(): string;
  remove(): Promise<void>;
};

const prefix = "ship-ssh-";

/** In each folder a socket of its owner: as long as somebody listens there, the folder is in use. */
const ownerSocket = "owner";

/**
 * The longest path that ssh makes a control socket at, bytes: macOS takes 104 with the closing zero (Linux 108), and
 * ssh first makes one whose name is 17 longer.
 */
const longestPath = 104 - 1 - 17;

/** Makes a folder for this run's control sockets, and removes those that runs left which were killed. */
export async function controlFolder(): Promise<ControlFolder> {
  const base = bases().find((path) => join(path, `${prefix}XXXXXX`, "99999").length <= longestPath);
  if (base === undefined) throw tooLong();
  await removeLeft(base);
  const folder = await mkdtemp(join(base, prefix));
  const owner = await listening(join(folder, ownerSocket));
  let count = 0;
  return {
    next: () => join(folder, String(++count)),
    async remove() {
      owner.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where such folders may lie, the best first: the first is emptied when its user logs out. */
function bases(): readonly string[] {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return [...(runtime?.startsWith("/") ? [runtime] : []), tmpdir(), "/tmp"];
}

function tooLong(): ShipError {
  return new ShipError("usage", "No folder for ssh's control sockets has a short enough path.", {
    hint: "Set TMPDIR to a folder with a short path.",
  });
}

async function listening(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  return server.unref();
}

async function removeLeft(base: string): Promise<void> {
  const names = await readdir(base).catch(() => []);
  await Promise.all(
    names.filter((name) => /^ship-ssh-\w{6}$/.test(name)).map((name) => removeIfLeft(join(base, name))),
  );
}

/** Only where the owner's socket is and nobody listens: the folder may be somebody else's, or just being made. */
async function removeIfLeft(folder: string): Promise<void> {
  // Another user could swap what is in a folder of theirs for links while it is emptied.
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isDirectory() || found.uid !== process.getuid?.()) return;
  if (!(await isLeft(join(folder, ownerSocket)))) return;
  const sockets = (await readdir(folder).catch(() => [])).filter((name) => name !== ownerSocket);
  await Promise.all(sockets.map((name) => endMaster(join(folder, name))));
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

function isLeft(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
  });
}
