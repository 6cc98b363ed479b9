import { Client } from "ssh2";
import { answer, type HostStatus, type Request } from "./request.ts";
import { type Keys, publicKey, type State } from "./state.ts";

/**
 * Asks the running sandbox, and makes sure that it is the one: its host key is pinned. Rejects when nobody, or somebody
 * else, answers at its port, or when the request is refused.
 */
export async function ask(state: State, keys: Keys, request: Request): Promise<readonly HostStatus[]> {
  const answered = answer.parse(JSON.parse(await exchange(state.control, keys, JSON.stringify(request))));
  if ("error" in answered) throw new Error(answered.error);
  return answered.hosts;
}

function exchange(port: number, keys: Keys, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const settle = (done: () => void) => {
      client.end();
      done();
    };
    client.on("error", (error) => settle(() => reject(error)));
    client.on("close", () => reject(new Error("the sandbox hung up")));
    client.on("ready", () =>
      client.exec(text, (error, channel) => {
        if (error !== undefined) return settle(() => reject(error));
        const parts: Buffer[] = [];
        channel.on("data", (part: Buffer) => parts.push(part));
        channel.on("close", () => settle(() => resolve(Buffer.concat(parts).toString("utf8"))));
        channel.stderr.resume();
      }),
    );
    const pinned = publicKey(keys.host.public).key;
    client.connect({
      host: "127.0.0.1",
      port,
      username: "sandbox",
      privateKey: keys.client.private,
      hostVerifier: (key: Buffer) => key.toString("base64") === pinned,
      readyTimeout: 20_000,
    });
  });
}
