import type { Event } from "../../src/core/event.ts";
import type { Fleet } from "./invariants.ts";
import type { Lab } from "./lab.ts";
import type { Look } from "./look.ts";
import type { Answer, Question, Settings } from "./observer.ts";
import { startProgram } from "./program.ts";
import { port } from "./service.ts";
import { until } from "./until.ts";

/** A process that watches the hosts of a lab while ship is at work, and judges. It is not ship, and asks nothing of ship. */
export type Observer = {
  /** A rollout to `version` begins: hosts may be on what they are on now, or on that. `excused` hosts may stay behind. */
  begin(version: string, excused?: readonly string[]): Promise<void>;
  /** ship is gone: what is unconfirmed has to be back in `within` ms. */
  gone(within: number): Promise<void>;
  returned(): Promise<void>;
  looks(): Promise<readonly Look[]>;
  /** The most hosts of a cohort that were seen out of service at once. */
  mostOut(): Promise<number>;
  /** What was wrong, a line each; `events` are those of ship's last run, whose report has to be true. */
  verdict(events?: readonly Event[]): Promise<readonly string[]>;
};

export function startObserver(lab: Lab, maxUnavailable: (hosts: number) => number): Observer {
  const names = lab.hosts.map(({ name }) => name);
  const fleet: Fleet = {
    cohorts: Object.entries(lab.stages).map(([name, { hosts }]) => {
      return { name, hosts: names.slice(0, hosts), maxUnavailable: maxUnavailable(hosts) };
    }),
  };
  const hosts = lab.hosts.map(({ name, home, address }) => ({ name, home, address }));
  const settings: Settings = { fleet, hosts, port };
  const program = startProgram(lab.net.watcher, lab.root, new URL("./observer.ts", import.meta.url), settings);
  // It answers as its own program says, of which this is the other end.
  const ask = async (question: Question) => (await program.ask(question)) as Answer;
  return {
    begin: async (version, excused = []) => void (await ask({ type: "begin", version, excused })),
    gone: async (within) => void (await ask({ type: "gone", within })),
    returned: async () => void (await ask({ type: "returned" })),
    looks: async () => (await ask({ type: "looks" })).looks,
    mostOut: async () => (await ask({ type: "looks" })).mostOut,
    async verdict(events = []) {
      // Its last question to a service may have come before the end.
      await until(
        "every service answers",
        async () => (await ask({ type: "looks" })).looks.every(isAnswering),
        5000,
      ).catch(() => undefined);
      const { wrong, changes } = await ask({ type: "verdict", report: reported(events) });
      if (wrong.length > 0) console.log(changes.join("\n"));
      return wrong;
    },
  };
}

/** Shares of the config that the lab's components have unless a test says otherwise. */
export function quarter(hosts: number): number {
  return Math.max(1, Math.floor(hosts / 4));
}

function isAnswering({ answers, runs }: Look): boolean {
  return answers === runs;
}

function reported(events: readonly Event[]) {
  const end = events.find((event) => event.type === "rollout.ended");
  return end?.type === "rollout.ended" ? end.hosts : [];
}
