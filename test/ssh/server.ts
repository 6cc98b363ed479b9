import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from "ssh2";
import type { Host } from "../../src/core/fleet.ts";
import { relay, signalGroup } from "../../src/sandbox/execute.ts";
import type { Target } from "../../src/ssh/target.ts";
import { type KeyPair, makeKeyPair, pin } from "./keys.ts";

/** An SSH server in this process, whose commands run under this machine's sh. */
export type TestServer = {
  readonly host: Host;
  readonly target: Target;
  readonly counts: Counts;
  cut(): void;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
};

export type Counts = {
  /** How often somebody asked to log in, got in, connected at all, and offered the use of an agent. */
  asked: number;
  ready: number;
  connected: number;
  agents: number;
  /** Connections that stand. */
  open: number;
  /** Connections that are not logged in: now, and at most. */
  startups: number;
  startupsMost: number;
  /** Sessions and forwarded connections in all; sessions of one connection at most. */
  sessions: number;
  forwards: number;
  sessionsMost: number;
};

export type TestServerSettings = {
  /** Sessions beyond this many on one connection are refused, as sshd does (MaxSessions). */
  readonly maxSessions?: number;
  /** So many connections are closed before a word is said, as sshd does when too many start (MaxStartups). */
  readonly turnAway?: number;
  /** Connections are closed before a word is said while so many others are not logged in (MaxStartups). */
  readonly maxStartups?: number;
  /** Sessions are asked for, and get no answer. */
  readonly holdSessions?: boolean;
  /** A session closes without saying how its command ended. */
  readonly silentExit?: boolean;
  readonly hostKeys?: readonly KeyPair[];
};

const noStartups = { open: 0, startups: 0, startupsMost: 0 };
const noSessions = { sessions: 0, forwards: 0, sessionsMost: 0 };

export async function startServer(settings: TestServerSettings = {}): Promise<TestServer> {
  const login = makeKeyPair();
  const hostKeys = settings.hostKeys ?? [makeKeyPair()];
  const counts: Counts = { asked: 0, ready: 0, connected: 0, agents: 0, ...noStartups, ...noSessions };
  const sockets = new Set<Socket>();
  const children = new Set<ChildProcess>();
  const waiting = new Set<number | undefined>();
  const started = (port: number | undefined) => {
    if (waiting.delete(port)) counts.startups -= 1;
  };
  const ssh = new ssh2.Server({ hostKeys: hostKeys.map((pair) => pair.private) }, (client, { port: from }) => {
    client.on("ready", () => started(from));
    serve(client, { login, counts, children, settings });
  });
  const net = createServer((socket) => {
    counts.connected += 1;
    if (counts.connected <= (settings.turnAway ?? 0)) return socket.destroy();
    if (counts.startups >= (settings.maxStartups ?? Number.POSITIVE_INFINITY)) return socket.destroy();
    sockets.add(socket);
    counts.open += 1;
    socket.once("close", () => {
      counts.open -= 1;
    });
    counts.startups += 1;
    counts.startupsMost = Math.max(counts.startupsMost, counts.startups);
    const from = socket.remotePort;
    waiting.add(from);
    socket.once("close", () => started(from));
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    ssh.injectSocket(socket);
    return undefined;
  });
  const port = await listen(net);
  return {
    counts,
    ...identityOf(port, login, hostKeys),
    cut: () => sockets.forEach((socket) => void socket.destroy()),
    freeze: () => sockets.forEach((socket) => void socket.pause()),
    thaw: () => sockets.forEach((socket) => void socket.resume()),
    async stop() {
      for (const child of children) signalGroup(child, "KILL");
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => net.close(resolve));
    },
  };
}

function identityOf(port: number, login: KeyPair, hostKeys: readonly KeyPair[]): { host: Host; target: Target } {
  const host: Host = { name: "here", address: "127.0.0.1", port, user: "tester", labels: {}, cohort: "" };
  const target: Target = {
    name: `[127.0.0.1]:${port}`,
    address: "127.0.0.1",
    port,
    user: "tester",
    keys: [login.private],
    agent: undefined,
    agentKeys: undefined,
    pinned: hostKeys.map((pair) => pin(pair.public)),
    authorities: [],
    knownHosts: ["/home/tester/.ssh/known_hosts"],
    notes: [],
  };
  return { host, target };
}

export async function listen(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

type Serving = {
  readonly login: KeyPair;
  readonly counts: Counts;
  readonly children: Set<ChildProcess>;
  readonly settings: TestServerSettings;
};

function serve(client: Connection, serving: Serving): void {
  let sessions = 0;
  client.on("error", () => undefined);
  client.on("authentication", (context) => {
    serving.counts.asked += 1;
    authenticate(context, serving.login);
  });
  client.on("ready", () => {
    serving.counts.ready += 1;
    client.on("session", (accept, reject) => {
      if (serving.settings.holdSessions === true) return;
      if (sessions >= (serving.settings.maxSessions ?? 10)) return void reject();
      sessions += 1;
      serving.counts.sessions += 1;
      serving.counts.sessionsMost = Math.max(serving.counts.sessionsMost, sessions);
      serveSession(accept(), serving, () => {
        sessions -= 1;
      });
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      serving.counts.forwards += 1;
      const socket = connect({ host: destIP, port: destPort });
      socket.once("error", () => reject());
      socket.once("connect", () => {
        const channel = accept();
        channel.on("error", () => undefined).pipe(socket);
        socket.pipe(channel);
      });
    });
  });
}

function authenticate(context: AuthContext, login: KeyPair): void {
  if (mayLogIn(context, login)) context.accept();
  else context.reject(["publickey"]);
}

function mayLogIn(context: AuthContext, login: KeyPair): boolean {
  const allowed = ssh2.utils.parseKey(login.public);
  if (context.method !== "publickey" || allowed instanceof Error) return false;
  if (!context.key.data.equals(allowed.getPublicSSH())) return false;
  // Without a signature it is only asked whether the key would do.
  if (context.signature === undefined || context.blob === undefined) return true;
  return allowed.verify(context.blob, context.signature, context.hashAlgo);
}

function serveSession(session: Session, { children, settings, counts }: Serving, done: () => void): void {
  session.on("close", done);
  session.on("auth-agent", (accept) => {
    counts.agents += 1;
    accept();
  });
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    const child = spawn("/bin/sh", ["-c", command], { detached: true });
    children.add(child);
    channel.on("error", () => undefined);
    child.stdin.on("error", () => undefined);
    channel.pipe(child.stdin);
    const relayed = relay(child, channel);
    channel.on("close", () => {
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.on("exit", (code, signal) => {
      if (settings.silentExit !== true) tellExit(channel, code, signal);
    });
    child.on("close", () => {
      children.delete(child);
      void relayed.then(() => channel.end());
    });
  });
}

function tellExit(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) channel.exit(code ?? 0);
  else channel.exit(signal);
}
