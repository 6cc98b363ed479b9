import ssh2 from "ssh2";
import { diagnose, type Failed } from "../diagnosis.ts";
import { ciphers, hostKeyAlgorithms, kex, macs } from "../login/algorithms.ts";
import type { Target } from "../target.ts";
import type { Wire } from "../wire.ts";

/**
 * The host key that `target` shows over `wire`, as its bytes, or why there is none within `within` ms. Nobody logs in: the
 * connection ends before a user is named, and the wire with it.
 */
export function peekKey(target: Target, wire: Wire, within: number): Promise<Uint8Array | Failed> {
  const client = new ssh2.Client();
  const errors: Error[] = [];
  let shown: Uint8Array | undefined;
  const timer = setTimeout(() => {
    errors.unshift(new Error(`no host key came within ${within / 1000} s`));
    wire.destroy();
  }, within);
  const peeked = new Promise<Uint8Array | Failed>((resolve) => {
    client.on("close", () => {
      clearTimeout(timer);
      resolve(shown ?? diagnose(target, { errors, keyFault: undefined, handshaken: false }));
    });
  });
  client.on("error", (error) => {
    errors.push(error);
    wire.destroy();
  });
  client.connect({
    username: target.user,
    sock: wire,
    authHandler: [],
    readyTimeout: 0,
    algorithms: {
      ...{ kex, cipher: ciphers, hmac: macs, compress: ["none"] },
      serverHostKey: hostKeyAlgorithms(target),
    },
    hostVerifier: (key: Buffer) => {
      shown = Uint8Array.from(key);
      return false;
    },
  });
  return peeked;
}
