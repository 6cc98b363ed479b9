import { connect } from "node:net";
import { before, deadline } from "../deadline.ts";
import { framed, reader, unframed } from "../openssh/packet.ts";
import { keyType } from "../trust/fingerprint.ts";

/** A key that an agent holds: its type, and itself in base64. */
export type AgentKey = { readonly type: string; readonly key: string };

/** Messages of the agent's protocol (draft-ietf-sshm-ssh-agent). */
const requestIdentities = 11;
const identitiesAnswer = 12;

/** An agent that does not answer in so many ms has no keys. */
const patience = 2000;

/** All keys of the agent at `socket`, certificates and security keys too, which ssh2 leaves out. None where there is no agent. */
export async function agentKeys(socket: string): Promise<readonly AgentKey[]> {
  const late = deadline(patience);
  const connection = connect({ path: socket });
  const answer = new Promise<readonly AgentKey[]>((resolve) => {
    connection.on(
      "data",
      guarded(
        unframed((packet) => resolve(parse(packet))),
        () => resolve([]),
      ),
    );
    connection.on("error", () => resolve([])).on("close", () => resolve([]));
  });
  connection.write(framed(Buffer.from([requestIdentities])));
  const keys = await before(late.signal, answer);
  late.clear();
  connection.destroy();
  return keys ?? [];
}

function guarded(take: (chunk: Buffer) => void, failed: () => void): (chunk: Buffer) => void {
  return (chunk) => {
    try {
      take(chunk);
    } catch {
      failed();
    }
  };
}

function parse(packet: Buffer): readonly AgentKey[] {
  if (packet[0] !== identitiesAnswer) return [];
  const from = reader(packet, 1);
  return Array.from({ length: from.number() }, () => {
    const key = from.bytes();
    from.text();
    return { type: keyType(key), key: key.toString("base64") };
  });
}
