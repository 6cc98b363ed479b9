import { foldHosts, grouped } from "../words.ts";
import { hostsThat } from "./hosts.ts";
import { isBad, nameOf, type Progress } from "./progress.ts";
import type { State } from "./state.ts";

/** The hosts that did not come along. */
export function badHosts(state: State): readonly Progress[] {
  return hostsThat(state, isBad);
}

/** Hosts by name, folded: `api-[02-04]`. */
export function listed(hosts: readonly Progress[]): string {
  return foldHosts(hosts.map(nameOf));
}

/** `1 host`, `2 hosts`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** Why hosts are bad, the same cause once: `api-02: activate: exit 1; api-[03-04]: not healthy: answered 503`. */
export function causes(hosts: readonly Progress[]): string {
  const groups = [...grouped(hosts, (host) => `${host.detail}`)];
  const texts = groups.slice(0, 3).map(([detail, group]) => `${listed(group)}: ${detail}`);
  return groups.length > 3 ? `${texts.join("; ")}; and ${groups.length - 3} other causes` : texts.join("; ");
}
