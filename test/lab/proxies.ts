import type { Via } from "./config.ts";
import type { Counts, Limit, Question, Settings, Way } from "./gates.ts";
import type { Lab } from "./lab.ts";
import { startProgram } from "./program.ts";
import { until } from "./until.ts";

/** What stands between ship and the hosts of a lab; every host is reached through it once the lab is configured so. */
export type Proxies = {
  /** Where each host is reached: for `lab.configure`. */
  readonly via: Via;
  /** Holds what passes from the next program on that ship sends to the host, or from the next byte on that comes back. */
  hold(name: string, way: Way): Promise<void>;
  /** Resolves when something is held. */
  holding(name: string, way: Way): Promise<void>;
  release(name: string, way: Way): Promise<void>;
  cut(name: string): Promise<void>;
  /** Limits the connections that ship makes to the host from now on. */
  limit(name: string, limit: Limit | null): Promise<void>;
  count(name: string): Promise<Counts>;
};

const listen = "127.0.0.1";
const from = 4001;

/** Less than any program that ship sends, and more than what else goes to a host: requests for channels, signs of life. */
const programBytes = 1500;

export function startProxies(lab: Lab): Proxies {
  const targets = lab.hosts.map(({ name, address, port }) => ({ name, address, port }));
  const settings: Settings = { listen, from, targets };
  const program = startProgram(lab.net.client, lab.root, new URL("./proxy.ts", import.meta.url), settings);
  // It answers as its own program says, of which this is the other end.
  const ask = async (question: Question) => (await program.ask(question)) as Counts;
  const count = (name: string) => ask({ type: "count", name });
  return {
    via: new Map(targets.map(({ name }, index) => [name, { address: listen, port: from + index }])),
    count,
    hold: async (name, way) => void (await ask({ type: "hold", name, way, atLeast: way === "up" ? programBytes : 1 })),
    holding: (name, way) => until(`${way} to ${name} something is held`, async () => (await count(name)).held[way] > 0),
    release: async (name, way) => void (await ask({ type: "release", name, way })),
    limit: async (name, limit) => void (await ask({ type: "limit", name, limit })),
    cut: async (name) => void (await ask({ type: "cut", name })),
  };
}
