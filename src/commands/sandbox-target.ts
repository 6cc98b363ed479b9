import type { Host } from "../core/fleet.ts";
import type { Sandbox } from "../sandbox/open.ts";
import type { Target } from "../ssh/target.ts";

/** How the ssh transport reaches the sandbox: by its own keys, and nothing of the user's. */
export function sandboxTarget(sandbox: Sandbox) {
  return async (host: Pick<Host, "name">): Promise<Target> => {
    const target = sandbox.target(host);
    const pinned = target.pinned.map((key) => ({ ...key, revoked: false, where: "the sandbox" }));
    return { ...target, pinned, agent: undefined, agentKeys: undefined, authorities: [], knownHosts: [], notes: [] };
  };
}
