import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { ignoreRotation } from "../../../src/ssh/trust/no-rotation.ts";
import { type Rig, startOpenSsh } from "../../e2e/openssh.ts";
import { hasOpenSsh } from "../../e2e/openssh-server.ts";

/** Whether ssh2 had the server prove its keys before a command that came later had ended. */
async function proves(rig: Rig, change: (client: ssh2.Client) => void): Promise<boolean> {
  const [only] = rig.hosts;
  if (only === undefined) throw new Error("a rig of one host has one");
  const { address, port, user, keys } = await rig.resolve(only.host);
  const client = new ssh2.Client();
  let proven = false;
  client.on("hostkeys", () => {
    proven = true;
  });
  const over = new Promise<number | null>((resolve, reject) => {
    client.on("error", reject);
    client.on("ready", () =>
      client.exec("true", (error, channel) => {
        if (error !== undefined) return reject(error);
        channel.on("exit", resolve);
        channel.resume();
        channel.stderr.resume();
      }),
    );
  });
  client.connect({ host: address, port, username: user, privateKey: keys[0] ?? "", hostVerifier: () => true });
  change(client);
  expect(await over).toBe(0);
  client.end();
  return proven;
}

test.skipIf(!hasOpenSsh())("a server that tells its other keys is not asked to prove them", async () => {
  const rig = await startOpenSsh({ hosts: 1 });
  try {
    expect(await proves(rig, () => undefined)).toBe(true);
    expect(await proves(rig, ignoreRotation)).toBe(false);
  } finally {
    await rig.stop();
  }
});
