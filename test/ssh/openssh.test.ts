import { describe } from "vitest";
import { startOpenSsh } from "../e2e/openssh.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import { conforms } from "./conformance.ts";

if (hasOpenSsh()) conforms("ssh2 to OpenSSH", subject);
else describe.skip("ssh2 to OpenSSH: there is no sshd here", () => undefined);

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
