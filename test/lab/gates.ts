import { connect, createServer, type Server, type Socket } from "node:net";

/** Where it listens, a port for each target in turn from `from` on, and where each of these leads. */
export type Settings = {
  readonly listen: string;
  readonly from: number;
  readonly targets: readonly { readonly name: string; readonly address: string; readonly port: number }[];
};

/** `up` is from ship to a host, `down` from there to ship. */
export type Way = "up" | "down";

/** What new connections are cut by, once so many bytes went that way: silence on both ways, a reset, or an end. */
export type Limit = { readonly way: Way; readonly bytes: number; readonly by: "silence" | "reset" | "end" };

export type Question =
  /**
   * Holds what passes on the host's present connections from the first piece of at least `atLeast` bytes on. New
   * connections pass.
   */
  | { readonly type: "hold"; readonly name: string; readonly way: Way; readonly atLeast: number }
  /** Lets pass what is held, also when who sent it is gone meanwhile. */
  | { readonly type: "release"; readonly name: string; readonly way: Way }
  /** Ends the host's connections, with what is held of them. */
  | { readonly type: "cut"; readonly name: string }
  /** Limits the host's connections from now on; null lifts that. */
  | { readonly type: "limit"; readonly name: string; readonly limit: Limit | null }
  | { readonly type: "count"; readonly name: string };

export type Counts = {
  /** Bytes held now on each way. */
  readonly held: Readonly<Record<Way, number>>;
  /** Bytes that a host sent when ship's end of the connection was gone. */
  readonly unheard: number;
  /** Connections that came to their limit, and those with an end that is still open. */
  readonly limited: number;
  readonly open: number;
  /** Bytes that came on each way of the newest connection. */
  readonly seen: Readonly<Record<Way, number>>;
};

export type Gates = { readonly respond: (question: Question) => Counts; readonly close: () => void };

type Gate = { from: number | undefined; held: Buffer[]; unheard: number; seen: number };
type Link = {
  readonly up: Gate;
  readonly down: Gate;
  readonly client: Socket;
  readonly server: Socket;
  readonly limit: Limit | null;
  limited: boolean;
};

/** Stands between ship and hosts, and can stop a conversation at any byte, to let it go on when nobody expects it. */
export function openGates({ listen, from, targets }: Settings): Gates {
  const links = new Map<string, Link[]>(targets.map(({ name }) => [name, []]));
  const limits = new Map<string, Limit | null>();
  const servers = targets.map(({ name, address, port }, index): Server => {
    const server = createServer((client) => {
      const limit = limits.get(name) ?? null;
      links.get(name)?.push(join(client, connect(port, address), limit));
    });
    return server.listen(from + index, listen);
  });
  return {
    respond(question) {
      const mine = links.get(question.name) ?? [];
      if (question.type === "limit") limits.set(question.name, question.limit);
      for (const link of mine) apply(link, question);
      return count(mine);
    },
    close() {
      for (const server of servers) server.close();
      for (const link of [...links.values()].flat()) end(link);
    },
  };
}

function count(links: readonly Link[]): Counts {
  const held = (way: Way) => links.reduce((sum, link) => sum + Buffer.concat(link[way].held).length, 0);
  return {
    held: { up: held("up"), down: held("down") },
    unheard: links.reduce((sum, { down }) => sum + down.unheard, 0),
    limited: links.filter(({ limited }) => limited).length,
    open: links.filter(({ client, server }) => !client.destroyed || !server.destroyed).length,
    seen: { up: links.at(-1)?.up.seen ?? 0, down: links.at(-1)?.down.seen ?? 0 },
  };
}

function apply(link: Link, question: Question): void {
  switch (question.type) {
    case "hold":
      link[question.way].from ??= question.atLeast;
      return;
    case "release":
      open(link[question.way], question.way === "up" ? link.server : link.client);
      return;
    case "cut":
      end(link);
      return;
    case "limit":
    case "count":
  }
}

function end({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}

function join(client: Socket, server: Socket, limit: Limit | null): Link {
  const gate = (): Gate => ({ from: undefined, held: [], unheard: 0, seen: 0 });
  const link: Link = { up: gate(), down: gate(), client, server, limit, limited: false };
  pass(link, "up");
  pass(link, "down");
  return link;
}

/** Passes on what comes, with its end, unless it is to be held: then the other side hears nothing of an end either. */
function pass(link: Link, way: Way): void {
  const gate = link[way];
  const [source, sink] = way === "up" ? [link.client, link.server] : [link.server, link.client];
  source.on("data", (bytes) => {
    const part = withinLimit(link, way, bytes);
    gate.seen += bytes.length;
    if (gate.held.length > 0 || (gate.from !== undefined && bytes.length >= gate.from)) gate.held.push(bytes);
    else if (sink.destroyed) gate.unheard += bytes.length;
    else if (part.length > 0) sink.write(part, () => part.length < bytes.length && strike(link));
    else strike(link);
  });
  source.on("error", () => undefined);
  source.on("close", () => {
    if (gate.held.length === 0) sink.end();
  });
}

/** What of the bytes may pass; nothing on either way once the limit was reached. */
function withinLimit({ limit, limited, ...link }: Link, way: Way, bytes: Buffer): Buffer {
  if (limited) return bytes.subarray(0, 0);
  return limit?.way === way ? bytes.subarray(0, Math.max(0, limit.bytes - link[way].seen)) : bytes;
}

function strike(link: Link): void {
  if (link.limited) return;
  link.limited = true;
  if (link.limit?.by === "reset") for (const socket of [link.client, link.server]) socket.resetAndDestroy();
  if (link.limit?.by === "end") end(link);
}

function open(gate: Gate, sink: Socket): void {
  for (const bytes of gate.held.splice(0)) if (!sink.destroyed) sink.write(bytes);
  gate.from = undefined;
}
