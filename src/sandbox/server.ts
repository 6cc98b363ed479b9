import { createServer, type Server as NetServer, type Socket } from "node:net";
import { type AuthContext, type Connection, Server, type ServerChannel, utils } from "ssh2";
import { type Keys, publicKey } from "./state.ts";

/** What a server does for who logged in. `forward` says whether it takes the channel. */
export type Service = {
  execute(command: string, channel: ServerChannel, onSignal: (listener: (name: string) => void) => void): void;
  forward?(target: { readonly address: string; readonly port: number }, answer: ForwardAnswer): void;
};

export type ForwardAnswer = { readonly accept: () => ServerChannel; readonly reject: () => void };

/** An SSH server on 127.0.0.1. `shut` refuses connections and cuts those that are open; `open` takes them again. */
export type Listening = { port(): number; open(): Promise<void>; shut(): Promise<void> };

/** Starts an SSH server at a free port. It knows one key, and no password. */
export async function listen(keys: Keys, service: Service): Promise<Listening> {
  const ssh = new Server({ hostKeys: [keys.host.private] }, (client) => greet(client, keys, service));
  const sockets = new Set<Socket>();
  let server = accepting(ssh, sockets);
  let port = await bind(server, 0);
  return {
    port: () => port,
    async open() {
      if (server.listening) return;
      server = accepting(ssh, sockets);
      port = await bind(server, port).catch(() => bind(server, 0));
    },
    async shut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The sockets are ours, and not ssh2's, so that they can be cut without a goodbye. */
function accepting(ssh: Server, sockets: Set<Socket>): NetServer {
  return createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
}

function bind(server: NetServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function greet(client: Connection, keys: Keys, service: Service): void {
  client.on("authentication", (context) => (isKnown(context, keys) ? context.accept() : context.reject(["publickey"])));
  // A client that vanishes is an error of its connection, and nobody's concern here.
  client.on("error", () => {});
  client.on("session", (accept) => {
    const session = accept();
    const listeners: ((name: string) => void)[] = [];
    session.on("signal", (_accept, _reject, info) => {
      for (const listener of listeners) listener(info.name);
    });
    session.on("exec", (acceptExec, _reject, info) => {
      service.execute(info.command, acceptExec(), (listener) => listeners.push(listener));
    });
  });
  client.on("tcpip", (accept, reject, info) => {
    if (service.forward === undefined) return reject();
    return service.forward({ address: info.destIP, port: info.destPort }, { accept, reject });
  });
}

function isKnown(context: AuthContext, keys: Keys): boolean {
  if (context.method !== "publickey") return false;
  const known = publicKey(keys.client.public);
  if (context.key.algo !== known.type || context.key.data.toString("base64") !== known.key) return false;
  return context.signature === undefined || isSigned(context, keys);
}

function isSigned(context: AuthContext & { readonly method: "publickey" }, keys: Keys): boolean {
  const key = utils.parseKey(keys.client.public);
  if (key instanceof Error || context.blob === undefined || context.signature === undefined) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}
