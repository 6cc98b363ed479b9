import type { Host } from "../../src/core/fleet.ts";
import type { Answer, Look } from "../../src/core/host.ts";
import type { Asking } from "../../src/metrics/provider.ts";

/** A host of a fleet that is not there. */
export function hostNamed(name: string, labels: Readonly<Record<string, string>> = {}, address = "127.0.0.1"): Host {
  return { name, address, port: undefined, user: undefined, labels, cohort: "all" };
}

export type Fake = { readonly asking: Asking; readonly asked: { readonly host: string; readonly look: Look }[] };

/** Hosts of which each look is answered by `answer`, and what they were asked. */
export function fakeAsking(
  hosts: readonly Host[],
  answer: (look: Look, host: string) => Answer | Promise<Answer>,
  more: Partial<Asking> = {},
): Fake {
  const asked: { host: string; look: Look }[] = [];
  const look = async (host: Host, one: Look): Promise<Answer> => {
    asked.push({ host: host.name, look: one });
    return answer(one, host.name);
  };
  const usual = { hosts, from: new Map(), every: 1000, component: "api", root: "", look, now: () => 42 };
  return { asking: { ...usual, ...more }, asked };
}
