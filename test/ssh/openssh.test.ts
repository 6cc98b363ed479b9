import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { startOpenSsh } from "../e2e/openssh.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import { type By, bySystem } from "./by-system.ts";
import { conforms } from "./conformance.ts";

describe.skipIf(!hasOpenSsh())("where there is an sshd", () => {
  conforms("OpenSSH", "ssh2", subject);
  conforms("OpenSSH", "openssh", subject);
});

test.skipIf(!hasOpenSsh()).each<By>(["ssh2", "openssh"])(
  "by %s a host that forbids forwarding is told apart from one where nothing answers",
  async (by) => {
    const rig = await startOpenSsh({ hosts: 1 });
    const system = bySystem();
    const keys = join(rig.root, "authorized_keys");
    await writeFile(keys, (await readFile(keys, "utf8")).replace(/^(?=.)/gm, "no-port-forwarding "));
    const resolve = async (host: Host) => (by === "ssh2" ? rig.resolve(host) : system.take(await rig.resolve(host)));
    const transport = openSsh({ resolve, concurrency: 1 });
    const connecting = rig.hosts.map(({ host }) => transport.connect(host, { address: "127.0.0.1", port: 1 }));
    const [refused] = await Promise.allSettled(connecting);
    expect(refused).toMatchObject({
      status: "rejected",
      reason: { code: "EACCES", message: "the host's sshd forbids forwarding (AllowTcpForwarding)" },
    });
    await transport.close();
    await rig.stop();
    system.end();
  },
);

async function subject() {
  const rig = await startOpenSsh({ hosts: 1 });
  const [only] = rig.hosts;
  if (only === undefined) throw new Error("a rig of one host has one");
  return {
    host: only.host,
    target: await rig.resolve(only.host),
    cut: () => rig.cut(only),
    freeze: () => rig.freeze(only),
    thaw: () => rig.thaw(only),
    stop: () => rig.stop(),
  };
}
