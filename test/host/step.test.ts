import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import { type Answer, blank, type Claim, type HostState, type Order, token } from "../../src/core/host.ts";
import { expire, type StepAnswer, settle, step } from "../../src/core/step.ts";
import { createHosts } from "../../src/host/perform.ts";
import { createLocalTransport, hasShell, type Shell, shells } from "./local-transport.ts";
import { endWatchdogs, type Packed, pack } from "./rig.ts";

/** Dice for one order; what they mean depends on where the host is, so that deep states are reached. */
type Throw = {
  readonly kind: Order["type"] | "boot" | "next" | "lock";
  readonly a: number;
  readonly b: number;
  readonly odd: number;
};

/** `next` is what a rollout would do next: without it, hardly any sequence gets as far as a proof. */
const kinds: readonly Throw["kind"][] = [
  ...(["next", "next", "next", "next", "next", "next", "next", "next", "next", "next"] as const),
  ...([
    "fence",
    "place",
    "place",
    "once",
    "arm",
    "drain",
    "switch",
    "activate",
    "undrain",
    "confirm",
    "prove",
  ] as const),
  ...(["direct", "revert", "revert", "close", "close", "close", "boot", "lock", "lock"] as const),
];

const thrown: fc.Arbitrary<Throw> = fc.record({
  kind: fc.constantFrom(...kinds),
  a: fc.nat(5),
  b: fc.nat(5),
  odd: fc.nat(24),
});

const rollouts = ["r1", "r2"];

describe.each(shells.filter(hasShell))("%s does what step says", (shell) => {
  const world = createWorld(shell);
  afterAll(() => world.close());

  test("on any sequence of orders", { timeout: 120_000 }, async () => {
    const sequences = fc.array(thrown, { minLength: 12, maxLength: 26 });
    await fc.assert(
      fc.asyncProperty(sequences, async (throws) => {
        const site = world.newHost();
        let state = await begin(site);
        let claim: Claim = { generation: 1, run: "a", sequence: 1 };
        let closed = "";
        for (const drawn of throws) {
          const dice = drawn.kind === "next" ? { ...drawn, kind: nextKind(state) } : drawn;
          if (dice.kind === "boot") {
            state = boot(state, world.releases);
            site.boot();
            continue;
          }
          if (dice.kind === "lock") {
            closed = dice.a < 3 ? "2026-11-21T22:30:00Z\tada@desk\tan audit" : "";
            await site.perform({ type: "lock", text: closed });
            continue;
          }
          claim = nextClaim(claim, dice);
          const order = { ...orderOf(state, dice, world.releases), claim: claimFor(claim, dice) };
          if (order.type === "fence" && dice.odd !== 0) claim = order.claim;
          const said = expected({ state, closed }, order, world.releases);
          expect(essence(await site.perform(order)), JSON.stringify({ before: state, order })).toEqual(said.answer);
          state = said.state;
          if (state.record.generation > claim.generation) claim = order.claim;
        }
        expect(await seen(site)).toEqual({ ...state, proven: [...state.proven].sort(), bad: [...state.bad].sort() });
      }),
      { numRuns: Number(process.env["SHIP_RUNS"] ?? 8), interruptAfterTimeLimit: 90_000 },
    );
  });
});

type Sent = Parameters<typeof step>[1] | { type: "observe" } | { type: "lock"; text: string };
type HostSite = { perform(order: Sent): Promise<Answer>; boot(): void };

/** The third release does not start: going back to it fails. */
function createWorld(shell: Shell) {
  const transport = createLocalTransport(shell, existsSync("/dev/shm") ? "/dev/shm" : undefined);
  const hosts = createHosts(transport);
  const folder = transport.home(hostNamed("artifacts"));
  const releases = ["v1", "v2", "v3"].map((version) => {
    mkdirSync(join(folder, version));
    return pack(join(folder, version), version, { VERSION: version }, { activate: version === "v3" ? "exit 1" : "" });
  });
  let count = 0;
  return {
    releases,
    newHost(): HostSite {
      count += 1;
      const host = hostNamed(`h${count}`);
      const program = join(transport.home(host), "api/.ship/host.sh");
      return {
        perform: (order) => hosts.perform(host, { component: "api", path: "api" }, order),
        boot: () => {
          if (!existsSync(program)) return;
          const home = transport.home(host);
          // While one of them lives a boot has nothing to do.
          endWatchdogs(join(home, "api"));
          const bin = join(home, "../../bin");
          const ended = spawnSync(join(bin, "sh"), [program, "boot"], {
            env: { HOME: home, PATH: `${bin}:/usr/bin:/bin` },
          });
          if (ended.status !== 0) throw new Error(ended.stderr.toString());
        },
      };
    },
    close: () => transport.close(),
  };
}

function hostNamed(name: string): Host {
  return { name, address: "127.0.0.1", port: undefined, user: undefined, labels: {}, cohort: "all" };
}

async function begin(site: HostSite): Promise<HostState> {
  const state: HostState = { record: blank, link: "", releases: [], proven: [], bad: [] };
  const order = {
    type: "fence",
    rollout: "r1",
    expect: token(blank),
    holder: "me",
    claim: { generation: 1, run: "a", sequence: 1 },
  } as const;
  const said = step(state, order);
  expect(essence(await site.perform(order))).toEqual(said.answer);
  return said.state;
}

function nextKind({ record, releases }: HostState): Order["type"] {
  if (releases.length < 2) return "place";
  if (record.phase === "armed") return "switch";
  if (record.phase === "switched") return record.sequence % 3 === 0 ? "activate" : "confirm";
  return record.phase === "confirmed" ? "prove" : "arm";
}

/** Sequences go up; now and then an order comes from nowhere. */
function nextClaim(claim: Claim, dice: Throw): Claim {
  if (dice.kind !== "fence") return { ...claim, sequence: claim.sequence + 1 };
  if (dice.odd === 1) return { ...claim, sequence: claim.sequence + 1 };
  return { generation: claim.generation + 1, run: dice.a % 2 === 0 ? "a" : "b", sequence: 1 };
}

function claimFor(claim: Claim, dice: Throw): Claim {
  if (dice.odd === 2) return { ...claim, sequence: claim.sequence - 1 };
  if (dice.odd === 3) return { ...claim, run: "other" };
  if (dice.odd === 4) return { ...claim, generation: claim.generation - 1 };
  return claim;
}

function orderOf(state: HostState, { kind, a, b, odd }: Throw, releases: readonly Packed[]): Order {
  const { record, link } = state;
  const names = releases.map(({ release }) => release.name);
  const name = (b < 5 ? state.releases[a % state.releases.length] : names[a % 3]) ?? "";
  const rollout = rollouts[b % 2] ?? "";
  const attempt = record.attempt + (odd === 5 ? -1 : odd === 6 ? 1 : 0);
  switch (kind) {
    case "fence":
      return {
        type: kind,
        rollout,
        expect: odd === 0 ? "0.a.7.0.idle" : token(record),
        holder: 'it\'s "me" $(id) \\',
        ...(odd % 2 === 0 ? { heeds: "lock" } : {}),
      };
    case "place":
      return { type: kind, ...packedAt(releases, a) };
    case "once":
      return { type: kind, release: name, index: b, run: "true", within: 5000 };
    case "arm":
      return {
        type: kind,
        rollout,
        attempt: record.attempt + (odd === 5 ? 0 : 1),
        target: name,
        from: odd === 7 ? "else" : link,
        lease: 600,
      };
    case "confirm":
      return { type: kind, rollout: odd === 7 ? "r3" : record.rollout, attempt };
    case "prove":
      return { type: kind, target: odd === 7 ? name : record.target };
    case "direct":
      return { type: kind, direction: b % 2 === 0 ? "forward" : "rollback", bad: a < 2 ? name : "" };
    case "revert":
      return { type: kind, attempt, to: b === 0 ? "" : b < 3 ? name : record.good };
    case "close":
      return { type: kind, rollout, page: "{}", over: b % 2 === 0, ...(a < 2 ? {} : { keep: a % 3 }) };
    case "drain":
    case "switch":
    case "activate":
    case "undrain":
      return { type: kind, attempt };
    default:
      throw new Error(kind);
  }
}

function packedAt(releases: readonly Packed[], index: number): Packed {
  const packed = releases[index % releases.length];
  if (packed === undefined) throw new Error("no release was packed");
  return packed;
}

/** What `step` says, with the jobs that it only starts ended as the releases make them end. */
function expected(
  { state, closed }: { readonly state: HostState; readonly closed: string },
  order: Parameters<typeof step>[1],
  releases: readonly Packed[],
) {
  const said = step(state, order, closed);
  if (order.type === "activate" && said.answer.type === "done" && fails(state.record.target, releases))
    return { ...said, answer: { type: "failed" } };
  if (order.type !== "revert" || said.answer.type !== "running") return said;
  const untouched = state.record.phase === "armed" && state.link === order.to;
  const ok = untouched || !fails(order.to, releases);
  const after = settle(said.state, order.to, ok);
  return { state: after, answer: ok ? { type: "done", record: after.record } : { type: "failed" } };
}

/** A boot ends a lease at once, and goes to good. */
function boot(state: HostState, releases: readonly Packed[]): HostState {
  const out = expire(state, state.record.attempt);
  return out === state ? state : settle(out, out.record.good, !fails(out.record.good, releases));
}

function fails(name: string, releases: readonly Packed[]): boolean {
  return name === releases[2]?.release.name;
}

function essence(answer: Answer | StepAnswer): object {
  if (answer.type === "refused" && "detail" in answer) return { type: answer.type, cause: answer.cause };
  // How bytes came is not of the record.
  if (answer.type === "done") return { type: answer.type, record: answer.record };
  return answer.type === "failed" ? { type: answer.type } : answer;
}

async function seen(site: HostSite): Promise<object> {
  const answer = await site.perform({ type: "observe" });
  if (answer.type !== "observed") return answer;
  const { record, link, releases, proven, bad } = answer.observation;
  return { record, link, releases, proven, bad };
}
