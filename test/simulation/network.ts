import type { Answer } from "../../src/core/host.ts";
import { type Machine, type Message, perform, type Site } from "./machine.ts";
import type { Dice, Kind, Schedule } from "./schedule.ts";
import { cancel } from "./time.ts";

/** Messages between deployers and machines, and what becomes of them. */
export type Network = {
  /** `settle` is called once: with the host's answer, or with what is known without one. */
  readonly send: (machine: Machine, message: Message, settle: (answer: Answer) => void) => void;
  /** Machines that no deployer reaches now. */
  readonly apart: Set<Machine>;
  /** Nothing is lost from now on. */
  readonly mend: () => void;
};

type Link = {
  readonly site: Site;
  readonly dice: Dice;
  readonly chances: Schedule["network"];
  readonly injected: (kind: Kind) => void;
  /** What is to become of a message in particular; undefined leaves it to chance. */
  readonly fate: FateOf | undefined;
};

/** `late`: it arrives after so many ms, and its sender has given it up by then. */
export type Fate = { readonly type: "lost-before" | "lost-after" } | { readonly type: "late"; readonly by: number };
export type FateOf = (machine: Machine, operation: Message["operation"]) => Fate | undefined;

/** How long a channel may be open, and how long it takes until a dead one is known to be dead, ms. */
const within = 30_000;

export function openNetwork(link: Link): Network {
  const { site, dice } = link;
  const apart = new Set<Machine>();
  let isMended = false;
  const happens = (kind: keyof Schedule["network"]) => {
    const is = !isMended && link.chances[kind] > 0 && dice.chance(link.chances[kind]);
    if (is) link.injected(kind);
    return is;
  };
  const isThere = (machine: Machine, boots: number) => machine.isUp && machine.boots === boots && !apart.has(machine);

  const send: Network["send"] = (machine, message, settle) => {
    const { boots } = machine;
    let isSettled = false;
    const say = (answer: Answer) => {
      if (isSettled) return;
      isSettled = true;
      cancel(giveUp);
      settle(answer);
    };
    const lose = () => say({ type: "lost", reason: "the connection was cut\u001b[2J" });
    const giveUp = site.time.after(within, lose);
    if (!machine.isUp || apart.has(machine)) {
      const refused = { type: "unreachable", cause: "unreachable", reason: "no route to host" } as const;
      site.time.after(dice.pick([50, 50, 3_000, 10_000]), () => say(refused));
      return;
    }
    const fate = link.fate?.(machine, message.operation);
    if (fate !== undefined) link.injected(fate.type);
    const latency = dice.int(5, 60) + (happens("slow") ? dice.int(500, 12_000) : 0);
    if (fate?.type === "lost-before" || happens("lost-before"))
      return void site.time.after(dice.pick([100, 2_000, 10_000]), lose);
    const isLate = fate?.type === "late" || happens("late");
    if (isLate) site.time.after(dice.pick([200, 3_000, 10_000]), lose);
    const losesAnswer = fate?.type === "lost-after" || happens("lost-after");
    site.time.after(isLate ? (fate?.type === "late" ? fate.by : dice.int(1_000, 60_000)) : latency, () => {
      if (!isThere(machine, boots)) return;
      perform(site, machine, message, (answer) => {
        if (!isThere(machine, boots)) return;
        if (losesAnswer) site.time.after(dice.pick([50, 2_000, 10_000]), lose);
        else site.time.after(dice.int(5, 60), () => (isThere(machine, boots) ? say(answer) : undefined));
      });
    });
    if ("claim" in message.operation && happens("duplicate"))
      site.time.after(latency + dice.int(0, 20_000), () => {
        if (isThere(machine, boots)) perform(site, machine, message, () => undefined);
      });
  };
  return {
    send,
    apart,
    mend: () => {
      isMended = true;
      apart.clear();
    },
  };
}
