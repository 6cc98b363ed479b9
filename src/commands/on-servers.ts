import { serverOf } from "../core/fleet.ts";
import type { Hosts } from "../core/host.ts";

/** Two places on one server are reached by one name, and by one connection. */
export function onServers(hosts: Hosts): Hosts {
  return { perform: (host, place, operation) => hosts.perform(serverOf(host), place, operation) };
}
