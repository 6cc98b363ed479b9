import type { Component } from "../../../src/core/component.ts";
import type { Happening } from "../../../src/core/event.ts";
import { type Answer, blank, type HostRecord, type Order } from "../../../src/core/host.ts";
import type { HostPlan, Plan, StagePlan } from "../../../src/core/plan.ts";
import type { Effect, Input } from "../../../src/core/rollout/exchange.ts";
import { reduce } from "../../../src/core/rollout/reduce.ts";
import { hostIn } from "../../../src/core/rollout/roster.ts";
import { initial, type Options, type State } from "../../../src/core/rollout/state.ts";
import { component } from "../../simulation/component.ts";
import { releaseOf } from "../../simulation/lab.ts";

export const old = releaseOf("v407").name;
export const fresh = releaseOf("v408").name;

const record: HostRecord = { ...blank, generation: 2, run: "me", current: old, phase: "proven" };

export function hostPlan(host: string, change: Partial<HostPlan> = {}): HostPlan {
  return {
    host,
    cohort: "all",
    action: "change",
    from: old,
    to: fresh,
    back: old,
    healthy: true,
    attempt: 1,
    expect: "1.you.0.1.proven",
    ours: false,
    unproven: false,
    detail: undefined,
    ...change,
  };
}

export function stagePlan(name: string, hosts: readonly HostPlan[], change: Partial<StagePlan> = {}): StagePlan {
  const bake = change.bake ?? 10_000;
  return { name, cohort: name, hosts, width: 2, maxFailed: 0, down: 0, bake, longestBake: bake, ...change };
}

type Setting = { policy?: Partial<Component>; options?: Partial<Options>; plan?: Partial<Plan> };

/** A rollout by hand: each input is given, and what it wants of the world is looked at. */
export class Desk {
  state: State;
  now = 1_000_000;
  readonly told: Happening[] = [];
  wanted: readonly Effect[] = [];

  constructor(stages: readonly StagePlan[], { policy, options, plan }: Setting = {}) {
    const made: Plan = {
      component: "api",
      version: "v408",
      release: fresh,
      direction: "forward",
      continues: undefined,
      stages,
      gates: [],
      least: 0,
      ...plan,
    };
    const given = {
      plan: made,
      component: component([], { assertions: [], ...policy }),
      release: releaseOf("v408"),
      archive: "",
      sha256: "",
      size: 1,
      env: {},
      options: {
        rollout: "r1",
        generation: 2,
        run: "me",
        asked: "release",
        holder: "me",
        by: "me",
        why: undefined,
        onFailure: "rollback",
        timeout: undefined,
        now: false,
        ...options,
      } satisfies Options,
    };
    this.state = initial(given, this.now);
  }

  input(input: Input): void {
    const reduced = reduce(this.state, input);
    this.state = reduced.state;
    this.wanted = reduced.effects;
    for (const effect of reduced.effects) if (effect.type === "announce") this.told.push(effect.happening);
  }

  begin(): void {
    this.input({ type: "began", at: this.now });
  }

  tick(ms: number): void {
    this.now += ms;
    this.input({ type: "ticked", at: this.now });
  }

  interrupt(): void {
    this.input({ type: "interrupted", at: this.now, signal: "SIGTERM" });
  }

  answer(host: string, order: Order["type"], answer: Answer = done()): void {
    const attempt = hostIn(this.state.hosts, host)?.attempt ?? 0;
    this.input({ type: "answered", at: this.now, host, order, attempt, answer });
  }

  checked(host: string, healthy = true, silent = false): void {
    const attempt = hostIn(this.state.hosts, host)?.attempt ?? 0;
    const found = { healthy, silent, detail: silent ? "cut" : "answered", process: "7.1" };
    this.input({ type: "checked", at: this.now, host, attempt, ...found });
  }

  identified(host: string, answer: Answer): void {
    const attempt = hostIn(this.state.hosts, host)?.attempt ?? 0;
    this.input({ type: "identified", at: this.now, host, attempt, answer });
  }

  /** Answers that all is well, until nothing is asked for any more or the host is asked for `until`. */
  go(until: readonly (Order["type"] | "check")[] = []): void {
    for (let round = 0; round < 100; round += 1) {
      const next = this.wanted.filter((effect) => effect.type === "order" || effect.type === "check");
      const open = next.filter((effect) => !until.includes(effect.type === "order" ? effect.order.type : "check"));
      if (open.length === 0) return;
      const effects: Effect[] = next.filter((effect) => !open.includes(effect));
      for (const effect of open) {
        if (effect.type === "check") this.checked(effect.host);
        else this.answer(effect.host, effect.order.type);
        effects.push(...this.wanted);
      }
      this.wanted = effects;
    }
  }

  at(host: string): string | undefined {
    return hostIn(this.state.hosts, host)?.at;
  }

  /** What is asked of hosts now. */
  asks(): readonly string[] {
    return this.wanted.flatMap((effect) => {
      if (effect.type === "order") return [`${effect.host} ${effect.order.type}`];
      return effect.type === "check" || effect.type === "identify" ? [`${effect.host} ${effect.type}`] : [];
    });
  }

  get ended(): Extract<Happening, { type: "rollout.ended" }> | undefined {
    return this.told.find((happening) => happening.type === "rollout.ended");
  }
}

export function done(change: Partial<HostRecord> = {}): Answer {
  return { type: "done", record: { ...record, ...change } };
}

export function refused(
  cause: Extract<Answer, { type: "refused" }>["cause"],
  change: Partial<HostRecord> = {},
): Answer {
  return { type: "refused", cause, detail: cause, record: { ...record, ...change } };
}

export const lost: Answer = { type: "lost", reason: "cut" };
export const failed: Answer = { type: "failed", detail: "exit 1", log: "boom" };
