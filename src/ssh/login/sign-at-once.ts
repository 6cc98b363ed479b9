import type { Client } from "ssh2";

/**
 * ssh2 asks about a key first, and signs once the server said that it would do (RFC 4252, 7). The first key is nearly always
 * the right one, so it signs at once: a round trip less, and sshd looks the key up once. Later keys, and an agent's, which
 * may want a touch, are asked about. ssh2 has no setting for it; without the method that is changed here all stays as it was.
 */
export function signAtOnce(client: Client): void {
  const protocol: unknown = Reflect.get(client, "_protocol");
  if (typeof protocol !== "object" || protocol === null) return;
  const ask: unknown = Reflect.get(protocol, "authPK");
  if (typeof ask !== "function") return;
  const send = (...words: readonly unknown[]) => Reflect.apply(ask, protocol, words);
  let isFirst = true;
  Reflect.set(protocol, "authPK", (user: unknown, key: unknown, algorithm: unknown, sign: unknown) => {
    const atOnce = isFirst && sign === undefined && isPrivate(key);
    isFirst = false;
    if (!atOnce) return send(user, key, algorithm, sign);
    const signed = (data: Buffer, done: (signature: Buffer) => void) => {
      const signature = key.sign(data, hashOf(algorithm));
      if (signature instanceof Error) send(user, key, algorithm);
      else done(signature);
    };
    return send(user, key, algorithm, signed);
  });
}

type Private = { sign(data: Buffer, hash: string | undefined): Buffer | Error };

function isPrivate(key: unknown): key is Private {
  if (typeof key !== "object" || key === null || !("sign" in key) || !("isPrivateKey" in key)) return false;
  return typeof key.isPrivateKey === "function" && key.isPrivateKey() === true;
}

/** An RSA key's signature comes with several hashes; the other types have one of their own. */
function hashOf(algorithm: unknown): string | undefined {
  const bits = typeof algorithm === "string" ? /^rsa-sha2-(256|512)$/.exec(algorithm)?.[1] : undefined;
  return bits === undefined ? undefined : `sha${bits}`;
}
