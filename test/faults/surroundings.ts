import { hasContainers } from "../lab/containers.ts";
import { hasNamespaces } from "../lab/machine.ts";
import { hasNet } from "../lab/net.ts";
import { leftOut } from "../machine.ts";

/** What the tests need of this machine and do not get, a line each; nothing on a machine that allows all of it. */
export function lacking(): readonly string[] {
  return [
    ...leftOut(),
    ...(hasNet() ? [] : ["hosts in network namespaces of their own: ip netns and iptables do not work here"]),
    ...(hasNamespaces() ? [] : ["hosts whose power is cut: unshare does not work here"]),
    ...(hasContainers() ? [] : ["hosts with a systemd of their own: containers do not work here"]),
  ];
}
