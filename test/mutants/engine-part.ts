import type { Mutant } from "./table.ts";

const rollout = (name: string) => `src/core/rollout/${name}.ts`;

/** Flaws of the run: what it orders, believes, waits for and says. */
export const enginePart: readonly Mutant[] = [
  {
    name: "a lost answer means failed",
    why: "what is not known is taken for not done: the report says old, and the order is carried out later",
    patches: [
      {
        file: rollout("answer"),
        from: "if (unanswered(answer)) return waitForIt(state, host, { step, reason: answer.reason, busy: false });",
        to: `if (unanswered(answer)) return stay(set(state, nameOf(host), { at: "failed", touched: false, bad: true, runs: host.plan.from }));`,
      },
    ],
    hint: "now and then a lost order",
  },
  {
    name: "a lost confirm means confirmed",
    why: "the lease ends on a host that is reported as changed",
    patches: [
      {
        file: rollout("answer"),
        from: "if (unanswered(answer)) return waitForIt(state, host, { step, reason: answer.reason, busy: false });",
        to: `if (unanswered(answer) && step === "confirming") return succeeded(set(state, nameOf(host), { phase: "confirmed" }), host, { step, answer: { type: "done" } });
  if (unanswered(answer)) return waitForIt(state, host, { step, reason: answer.reason, busy: false });`,
      },
    ],
    hint: "now and then a lost order",
  },
  {
    name: "an ambiguous revert reported as old",
    why: "a revert that was not answered counts as done",
    patches: [
      {
        file: rollout("lost"),
        from: "function lost(state: State, host: Progress, step: Awaited, reason: string): Reduced {",
        to: `function lost(state: State, host: Progress, step: Awaited, reason: string): Reduced {
  if (step === "reverting") return { state: set(state, nameOf(host), { at: "restored", runs: host.plan.back }), effects: [] };`,
      },
    ],
    hint: "hosts that fall silent while a bad version goes back",
  },
  {
    name: "unread hosts reported as old",
    why: "a host that gave no answer is said to be where it was",
    patches: [
      {
        file: rollout("ending"),
        from: "const state = stateOf(rollout, host, ending);",
        to: `const found = stateOf(rollout, host, ending);
  const state = found === "unknown" ? "untouched" : found;`,
      },
      {
        file: rollout("ending"),
        from: "version: host.runs === undefined ? undefined : versionOf(host.runs),",
        to: "version: versionOf(host.runs ?? host.plan.from),",
      },
      { file: rollout("ending"), from: `release: host.runs ?? "",`, to: "release: host.runs ?? host.plan.from," },
    ],
    hint: "hosts that fall silent while a bad version goes back",
  },
  {
    name: "read-back instead of asking again",
    why: "the record is read and believed while the order is still on its way",
    patches: [
      {
        file: "src/engine/run.ts",
        from: "const answer = await world.hosts.perform(host, treeOn(targets.component, host), { ...effect.order, claim });",
        to: `const place = treeOn(targets.component, host);
  const given_ = await world.hosts.perform(host, place, { ...effect.order, claim });
  const look = given_.type === "lost" ? await world.hosts.perform(host, place, { type: "observe" }) : given_;
  const record = look.type === "observed" ? look.observation.record : undefined;
  const isDone = record !== undefined && record.sequence >= claim.sequence;
  const answer =
    record === undefined ? given_ : isDone ? { type: "done" as const, record } : { type: "failed" as const, detail: "not done", log: "" };`,
      },
    ],
    hint: "late orders",
  },
  {
    name: "hold the lease until the verdict",
    why: "a run that dies in the bake takes the whole stage back at once, beyond max_unavailable",
    patches: [
      {
        file: rollout("change"),
        from: `return ask(state, host, state.given.component.undrain === undefined ? "confirming" : "undraining");`,
        to: `return stay(set(state, nameOf(host), { at: "confirmed", since: state.now, down: false }));`,
      },
      {
        file: "src/core/step.ts",
        from: `if (record.phase !== "confirmed") return refuse(state, isBack(record.phase) ? "reverted" : "phase");
  return done(write({ ...state, proven`,
        to: `if (record.phase !== "confirmed" && record.phase !== "switched") return refuse(state, isBack(record.phase) ? "reverted" : "phase");
  return done(write({ ...state, proven`,
      },
    ],
    hint: "killed while orders are late",
  },
  {
    name: "rearm of a confirmed host",
    why: "going on restarts a host that was done",
    patches: [
      {
        file: "src/core/plan-stages.ts",
        from: `known && record.phase === "confirmed" ? "bake" : "change"`,
        to: `"change"`,
      },
    ],
    hint: "a good version",
  },
  {
    name: "unknown hosts cost no budget",
    why: "hosts of which nothing is known count as in service, and more are taken out",
    patches: [
      {
        file: rollout("progress"),
        from: `return isInHand(host) || host.down || host.at === "unknown" || host.at === "stuck";`,
        to: "return isInHand(host);",
      },
    ],
    hint: "1998",
  },
  {
    name: "no width",
    why: "a whole stage is out of service at once",
    patches: [
      {
        file: rollout("room"),
        from: "return hands < width && (host.down || out < stage.width) && hasRoomAround(state, host, index);",
        to: "return hands >= 0 && out >= 0;",
      },
    ],
    hint: "copies",
  },
  {
    name: "no width on the way back",
    why: "a rollback takes all hosts down at once",
    patches: [
      {
        file: rollout("restoring"),
        from: "if (host.down || host.bad) return true;",
        to: "if (host.down || host.bad || width > 0) return true;",
      },
    ],
    hint: "a bad version, killed, and the same again",
  },
  {
    name: "act on a partial fence",
    why: "hosts are changed although more than max_failed could not be taken over",
    patches: [
      {
        file: rollout("fencing"),
        from: "return over === undefined ? enterStage(state, 0) : refuse(state, over);",
        to: "return over === undefined || refuse !== undefined ? enterStage(state, 0) : refuse(state, over);",
      },
    ],
    hint: "hosts that fall silent before the fence",
  },
  {
    name: "direction not written before the first revert",
    why: "a rollback that is killed goes forward again",
    patches: [
      {
        file: rollout("restoring"),
        from: `return ask(state, host, "directing");`,
        to: `return stay(set(state, nameOf(host), { at: "directed", tries: 0 }));`,
      },
    ],
    hint: "a bad version",
  },
  {
    name: "the direction is forgotten by the next run",
    why: "a rollback that was killed is taken for a rollout to go on with",
    patches: [
      {
        file: "src/core/plan.ts",
        from: "return isOpen && isTurned && !asked.retryBad;",
        to: "return isOpen && isTurned && asked.retryBad;",
      },
    ],
    hint: "a rollback that is continued (cell 78)",
  },
  {
    name: "undecided counts as pass",
    why: "a stage passes without evidence",
    patches: [
      {
        file: rollout("stage"),
        from: `return judgement?.verdict !== "pass" || isThin(readings.get(policy.text), judgement, policy);`,
        to: `return judgement?.verdict === "fail" || (readings.size < 0 && isThin(undefined, judgement, policy));`,
      },
      {
        file: rollout("stage"),
        from: "if (isSeen && open.length === 0 && (sure || until >= phase.longest))",
        to: "if (open.length === 0)",
      },
    ],
    hint: "hosts whose process cannot be found",
  },
  {
    name: "prove without pass",
    why: "the end of the bake is taken for a pass",
    patches: [
      {
        file: rollout("stage"),
        from: "if (state.given.options.now) return enterProving(state, { index, stage });",
        to: "if (state.now > 0) return enterProving(state, { index, stage });",
      },
    ],
    hint: "copies",
  },
  {
    name: "a failed assertion is only told",
    why: "a bad version is not put back",
    patches: [
      {
        file: rollout("measuring"),
        from: "return failed === undefined ? told :",
        to: "return failed === undefined || failed !== undefined ? told :",
      },
    ],
    hint: "a bad version",
  },
  {
    name: "samples before the warm-up count",
    why: "a version that is slow at first is rolled back",
    patches: [
      {
        file: "src/core/window.ts",
        from: "return since === undefined ? Number.NEGATIVE_INFINITY : since + changed.warmup;",
        to: "return since === undefined ? Number.NEGATIVE_INFINITY : since;",
      },
    ],
    hint: "a good version that is slow at first",
  },
  {
    name: "a continued host has no warm-up",
    why: "the next run counts readings from a warm-up that goes on (found by the kill points)",
    patches: [
      {
        file: rollout("as-left"),
        from: `if (host.plan.action === "bake") return { ...host, since: startedAt };`,
        to: "",
      },
    ],
    hint: "a good version that is slow at first",
  },
  {
    name: "no stop at max_failed",
    why: "one host after the other is tried with a version that does not start",
    patches: [
      {
        file: rollout("stage"),
        from: "if (bad.length > stage.maxFailed) return failHosts(",
        to: "if (bad.length > 1000) return failHosts(",
      },
    ],
    hint: "a version that does not start",
  },
  {
    name: "a sick host is confirmed",
    why: "the health check decides nothing",
    patches: [
      {
        file: rollout("answer"),
        from: `if (!healthy) return putBack(`,
        to: "if (!healthy && detail === undefined) return putBack(",
      },
    ],
    hint: "one unhealthy host, which max_failed allows",
  },
  {
    name: "a superseded run goes on",
    why: "a run that was paused and overtaken fights the newer one",
    patches: [
      {
        file: rollout("stopping"),
        from: `if (cause !== "stale" || record.run === state.given.options.run) return false;`,
        to: `if (cause !== undefined || record.run === state.given.options.run) return false;`,
      },
    ],
    hint: "overtaken, and going on",
  },
  {
    name: "heartbeat ignored",
    why: "a newcomer takes over from a run that lives",
    patches: [
      {
        file: "src/engine/attend.ts",
        from: "if (lifeSign(record, signs) !== lifeSign(before.record, before.signs)) return signs;",
        to: "if (record.open === undefined) return signs;",
      },
    ],
    hint: "a second deployer",
  },
  {
    name: "every end is the end",
    why: "a rollout that was held or interrupted is closed, and its rollback is forgotten",
    patches: [
      {
        file: rollout("closing"),
        from: `const over = ending.outcome === "done" || `,
        to: `const over = ending.outcome !== undefined || `,
      },
    ],
    hint: "interrupted while it goes back, and the same again",
  },
  {
    name: "half a farewell ends a rollback",
    why: "a rollback that died while it took its leave is refused instead of gone on with (found by the kill points)",
    patches: [
      {
        file: "src/core/plan.ts",
        from: `record.direction === "rollback" && record.rollout === rollout);`,
        to: `record.direction === "rollback" && record.rollout === rollout && record.open === rollout);`,
      },
    ],
    hint: "a bad version",
  },
  {
    name: "an interrupted run lets its hosts go as they are",
    why: "hosts in hand are called confirmed when ship leaves",
    patches: [
      {
        file: rollout("stopping"),
        from: `return and(revert(state, host), (now) => stay(set(now, name, { at: "released" })));`,
        to: `return stay(set(state, name, { at: "confirmed", phase: "confirmed" }));`,
      },
    ],
    hint: "interrupted in a long activation",
  },
];
