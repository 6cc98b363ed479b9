import type { Connection } from "./connection.ts";
import { before, deadline } from "./deadline.ts";
import type { Failed } from "./diagnosis.ts";
import { runProxy } from "./lookup/jump-command.ts";
import type { Target } from "./target.ts";
import { Tunnel, type Wire } from "./wire.ts";

/** Connections to jump hosts, which all that lies behind one shares. */
export type Jumps = (jump: Target) => Promise<Connection | Failed>;

/**
 * The wire to a target that is not dialled itself: a channel of its jump host's connection, or its proxy command.
 * Why there is none within `within` ms is a value. When a jump host's connection ends, all wires through it break.
 */
export async function openWay(
  target: Target,
  via: NonNullable<Target["via"]>,
  { jumps, within }: { readonly jumps: Jumps; readonly within: number },
): Promise<Wire | Failed> {
  if (via.type === "command") return runProxy(via.command);
  const jump = await jumps(via.target);
  if ("cause" in jump) return { ...jump, reason: theJump(via.target, jump.reason) };
  const late = deadline(within);
  try {
    const opening = channel(jump, via.target, target);
    const opened = await before(late.signal, opening);
    if (opened === undefined) void opening.then((wire) => ("cause" in wire ? undefined : wire.destroy()));
    return opened ?? unreachable(`the jump host ${via.target.name} opened no way to it in time`);
  } finally {
    late.clear();
  }
}

/** Said once whom it is about: most reasons begin with the address. */
function theJump({ name, address, port }: Target, reason: string): string {
  const begins = reason.startsWith(`${address}:${port}`);
  return begins ? `the jump host ${reason}` : `the jump host ${name}: ${reason}`;
}

function channel(jump: Connection, { name }: Target, { address, port }: Target): Promise<Wire | Failed> {
  return new Promise((resolve) => {
    try {
      jump.client.forwardOut({ address: "127.0.0.1", port: 0 }, { address, port }, (error, stream) => {
        if (error !== undefined) return resolve(refusal(error, { name, address, port }));
        const tunnel = new Tunnel({ from: stream, to: stream, close: () => stream.destroy() });
        stream.once("end", () => tunnel.finish()).once("close", () => tunnel.finish());
        const off = jump.onEnd((reason) => tunnel.finish(new Error(`the jump host ${name}: ${reason}`)));
        tunnel.once("close", off);
        if (jump.ended === undefined) return resolve(tunnel);
        // Without an error: nobody listens for one yet, and unheard it would end the process.
        tunnel.destroy();
        resolve(unreachable(`the jump host ${name}: ${jump.ended}`));
      });
    } catch {
      resolve(unreachable(`the jump host ${name}: ${jump.ended ?? "the connection had ended"}`));
    }
  });
}

type Asked = { readonly name: string; readonly address: string; readonly port: number };

/** 1 is "administratively prohibited", 2 "connect failed" (RFC 4254, 5.1). */
function refusal(error: Error, { name, address, port }: Asked): Failed {
  const reason = "reason" in error ? error.reason : undefined;
  if (reason === 1) return unreachable(`the jump host ${name} forbids forwarding (AllowTcpForwarding, PermitOpen)`);
  const what = reason === 2 ? "nothing answers there" : error.message;
  return unreachable(`${address}:${port} from the jump host ${name}: ${what}`);
}

function unreachable(reason: string): Failed {
  return { cause: "unreachable", reason, again: false };
}
