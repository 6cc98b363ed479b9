import type { Mutant } from "./table.ts";

const step = "src/core/step.ts";
const proven = "src/core/proven.ts";

/** Flaws of what a host does with an order, and of what it remembers. */
export const protocolPart: readonly Mutant[] = [
  {
    name: "no fence",
    why: "orders of a run that was superseded still change the host",
    patches: [
      {
        file: step,
        from: `if (order.claim.generation !== record.generation || order.claim.run !== record.run) return refuse(state, "stale");`,
        to: "",
      },
    ],
    hint: "stopped, and overtaken a moment ago",
  },
  {
    name: "stale by generation only",
    why: "two runs with one generation both give orders",
    patches: [
      {
        file: step,
        from: "if (order.claim.generation !== record.generation || order.claim.run !== record.run) return",
        to: "if (order.claim.generation < record.generation) return",
      },
      {
        file: step,
        from: "if (generation === record.generation && run === record.run) {",
        to: "if (generation === record.generation) return done(write(state, { sequence })); else if (run === undefined) {",
      },
    ],
    hint: "two at once",
  },
  {
    name: "equal generation taken over",
    why: "the second of two runs that saw the same generation takes hosts away from the first",
    patches: [
      {
        file: step,
        from: `if (generation <= record.generation) return refuse(state, "stale");`,
        to: `if (generation < record.generation) return refuse(state, "stale");`,
      },
      { file: step, from: `if (order.expect !== token(record)) return refuse(state, "moved");`, to: "" },
    ],
    hint: "two at once",
  },
  {
    name: "fence ignores expect",
    why: "a host that moved on since it was observed is taken over by a plan that is wrong by now",
    patches: [{ file: step, from: `if (order.expect !== token(record)) return refuse(state, "moved");`, to: "" }],
    hint: "a rollback at any moment",
  },
  {
    name: "late copies accepted",
    why: "an order that was asked again is carried out a second time when its first copy arrives late",
    patches: [
      { file: step, from: `if (order.claim.sequence <= record.sequence) return refuse(state, "stale");`, to: "" },
    ],
    hint: "copies",
  },
  {
    name: "refused orders do not take the sequence",
    why: "a late copy of an order is still good after the host refused the newer one",
    patches: [
      {
        file: step,
        from: "return obey({ ...state, record: { ...record, sequence: order.claim.sequence } }, order);",
        to: `const stepped = obey({ ...state, record: { ...record, sequence: order.claim.sequence } }, order);
  return stepped.answer.type === "refused" ? { state, answer: stepped.answer } : stepped;`,
      },
    ],
    hint: "stopped until a lease ends",
  },
  {
    name: "a late revert accepted",
    why: "a revert that a dead run sent puts back what the next one proved",
    patches: [
      {
        file: step,
        from: "if (order.claim.generation !== record.generation || order.claim.run !== record.run) return",
        to: `if (order.type === "revert") return obey(state, order);
  if (order.claim.generation !== record.generation || order.claim.run !== record.run) return`,
      },
      { file: step, from: `if (order.attempt < record.attempt) return refuse(state, "attempt");`, to: "" },
    ],
    hint: "late orders of a bad version",
  },
  {
    name: "blind switch",
    why: "a switch is carried out whenever it arrives, also after the lease has put the host back",
    patches: [
      {
        file: step,
        from: `return inPhase(seen, order.attempt, ["armed", "switched"], switched);`,
        to: "return done(switched(seen));",
      },
    ],
    hint: "killed while orders are late",
  },
  {
    name: "arm after switch",
    why: "the lease runs from the activation on: a run that dies before leaves the host switched for ever",
    patches: [
      {
        file: "test/simulation/machine.ts",
        from: `  if (order.type === "arm") {`,
        to: `  if (order.type === "activate") {`,
      },
      {
        file: "test/simulation/machine.ts",
        from: "guard(site, machine, order.attempt, order.lease * 1000);",
        to: "guard(site, machine, order.attempt, 26_000);",
      },
    ],
    hint: "killed while orders are late",
  },
  {
    name: "volatile timer",
    why: "a power cycle loses the watchdog, and nothing puts the host back",
    patches: [
      {
        file: step,
        from: `if (phase !== "armed" && phase !== "switched" && phase !== "reverting") return state;`,
        to: "if (phase !== undefined) return state;",
      },
    ],
    hint: "power cuts at any moment",
  },
  {
    name: "expire ignores the attempt",
    why: "the watchdog of an earlier try ends the lease of a later one",
    patches: [
      {
        file: step,
        from: "if (record.attempt !== attempt || (record.phase",
        to: "if (record.attempt < attempt || (record.phase",
      },
    ],
    hint: "a killed run, and the same again as its leases end",
  },
  {
    name: "expire reverts what is confirmed",
    why: "a lease ends after the confirm, and takes back a host that was reported as changed",
    patches: [
      {
        file: step,
        from: `(record.phase !== "armed" && record.phase !== "switched")) return state;`,
        to: `(record.phase !== "armed" && record.phase !== "switched" && record.phase !== "confirmed")) return state;`,
      },
    ],
    hint: "interrupted at any moment",
  },
  {
    name: "blind confirm",
    why: "a confirm after the deadline is answered as done",
    patches: [
      {
        file: step,
        from: `return inPhase(seen, order.attempt, ["switched", "confirmed", "proven"], confirmed);`,
        to: "return done(confirmed(seen));",
      },
    ],
    hint: "stopped while it undrains",
  },
  {
    name: "good overwritten on resume",
    why: "the next run takes the unproven release for the one to go back to",
    patches: [
      {
        file: "src/core/drift.ts",
        from: "return record.rollout !== rollout && isProven(record) ? record.current : record.good;",
        to: "return record.current;",
      },
    ],
    hint: "a killed run, and the same again",
  },
  {
    name: "good written at confirm",
    why: "what only answers its health check counts as proven, and later rollbacks go there",
    patches: [
      {
        file: proven,
        from: `return record.phase === "proven" || (`,
        to: `return record.phase === "proven" || record.phase === "confirmed" || (`,
      },
    ],
    hint: "a killed run, and another version",
  },
  {
    name: "prune removes good",
    why: "a rollback finds nothing to go back to",
    patches: [
      {
        file: step,
        from: "const held = new Set([state.link, current, target, good]);",
        to: "const held = new Set([state.link, current, target]);",
      },
    ],
    hint: "copies",
  },
  {
    name: "a failed revert reads as done",
    why: "a host whose old release does not start is reported as back",
    patches: [
      {
        file: step,
        from: `if (!ok) return write({ ...state, link: to }, { phase: "revert-failed", current: to });`,
        to: "",
      },
    ],
    hint: "an old release that does not start any more",
  },
  {
    name: "revert forgets the way back",
    why: "a revert by the lease goes to the new release again",
    patches: [
      {
        file: step,
        from: `      good,
    }),`,
        to: `      good: order.target,
    }),`,
      },
    ],
    hint: "a killed run, and the same again",
  },
];
