import { describe, expect, test } from "vitest";
import { type Episode, play } from "./episode.ts";
import type { Fate, FateOf } from "./network.ts";
import { type Command, commandAt, type Schedule } from "./schedule.ts";

/** Three hosts, the first of them the canary; nothing goes wrong but what a test adds. Times in ms. */
const quiet: Schedule = {
  seed: 1,
  cohorts: [1, 3],
  width: 1,
  back: 1,
  maxFailed: 0,
  onBlind: "hold",
  drains: false,
  proof: "version",
  once: "none",
  restart: 500,
  running: ["v407", "v407", "v406"],
  versions: {},
  network: { "lost-before": 0, "lost-after": 0, late: 0, slow: 0, duplicate: 0 },
  commands: [commandAt(0, {})],
  troubles: [],
  words: [],
  calm: 60_000,
  finale: "next",
};

/** The first order of a kind to a host has this fate. */
function first(host: string, type: string, fate: Fate): FateOf {
  let isMet = false;
  return (machine, operation) => {
    if (isMet || machine.name !== host || operation.type !== type) return undefined;
    isMet = true;
    return fate;
  };
}

/** Plays it; every promise is kept, and what was to go wrong did. */
async function played(change: Partial<Schedule>, fate?: FateOf): Promise<Episode> {
  const episode = await play({ ...quiet, ...change }, fate);
  expect(episode.violation).toBeUndefined();
  if (fate !== undefined) expect([...episode.injected.values()].some((count) => count > 0)).toBe(true);
  return episode;
}

/** Lines of a transcript that name a host and an order or happening, as far as the end of what was scheduled. */
function lines({ transcript }: Episode, pattern: RegExp): readonly string[] {
  const end = transcript.findIndex((line) => line.includes("all faults stop"));
  return transcript.slice(0, end).filter((line) => pattern.test(line));
}

const killed = (at: number, change: Partial<Command> = {}) => commandAt(0, { killAt: at, ...change });

describe("an order of which nothing is known", () => {
  test("a switch whose answer was lost is asked for again and not taken to have failed (cell 49)", async () => {
    const episode = await played({}, first("api-01", "switch", { type: "lost-after" }));
    expect(lines(episode, /api-01 switch .* done/).length).toBe(2);
    expect(lines(episode, /api-01 activate began/).length).toBe(1);
    expect(episode.outcomes[0]).toBe("done");
  });

  test("a confirm whose answer was lost is asked for again, and is so (cell 62)", async () => {
    const episode = await played({}, first("api-01", "confirm", { type: "lost-after" }));
    expect(lines(episode, /api-01 confirm .* done: confirmed/).length).toBe(2);
    expect(episode.outcomes[0]).toBe("done");
  });

  test("a switch that comes when its run has asked again is refused (cell 50)", async () => {
    const episode = await played({}, first("api-01", "switch", { type: "late", by: 20_000 }));
    expect(lines(episode, /api-01 switch .* refused stale/).length).toBe(1);
    expect(episode.outcomes[0]).toBe("done");
  });

  test("a switch that comes after its lease is refused, and the host stays old (cell 50)", async () => {
    const late = first("api-01", "switch", { type: "late", by: 40_000 });
    const episode = await played({ commands: [killed(1_000)] }, late);
    expect(lines(episode, /api-01 lease is over/).length).toBe(1);
    expect(lines(episode, /api-01 switch .* refused reverted: reverted .* on v407/).length).toBe(1);
  });

  test("a confirm of a try that is over confirms no later one (cell 63)", async () => {
    const late = first("api-01", "confirm", { type: "late", by: 41_500 });
    const commands = [killed(2_500), commandAt(30_000, {})];
    const episode = await played({ commands, calm: 90_000 }, late);
    expect(lines(episode, /api-01 lease is over/).length).toBe(1);
    expect(lines(episode, /api-01 confirm 2\.run1\.\d+ refused stale/).length).toBe(1);
    expect(episode.outcomes.slice(0, 2)).toEqual(["killed", "done"]);
  });
});

test("of a confirm and the lease's end exactly one wins, and the report is as the host says (cell 61)", {
  timeout: 400_000,
}, async () => {
  const ends = new Set<string>();
  for (let by = 24_300; by <= 25_100; by += 50) {
    const late = first("api-01", "confirm", { type: "late", by });
    const episode = await played({ commands: [killed(2_000)] }, late);
    const isOver = lines(episode, /api-01 lease is over/).length === 1;
    const isConfirmed = lines(episode, /api-01 confirm .* done: confirmed/).length === 1;
    expect(isOver).toBe(!isConfirmed);
    if (!isConfirmed) expect(lines(episode, /api-01 confirm .* refused reverted/).length).toBe(1);
    ends.add(isConfirmed ? "confirmed" : "back");
  }
  expect([...ends].sort()).toEqual(["back", "confirmed"]);
});

describe("a host that goes back by itself", () => {
  test("tries it once when its old release does not start, and says so to the next run (cell 65)", async () => {
    const trouble = { kind: "revert-fails", hosts: [0], at: 100, for: 55_000 } as const;
    const episode = await played({ commands: [killed(1_500)], troubles: [trouble] });
    expect(episode.injected.get("revert-fails")).toBe(1);
    expect(lines(episode, /api-01 could not go back: revert-failed/).length).toBe(1);
    expect(lines(episode, /api-01 .*goes back|api-01 lease/).length).toBe(1);
  });

  test("does so after a reboot between its check and its confirm too (cell 59)", async () => {
    const trouble = { kind: "power-short", hosts: [0], at: 1_600, for: 2_000 } as const;
    const late = first("api-01", "confirm", { type: "lost-before" });
    const episode = await played({ commands: [killed(1_500)], troubles: [trouble] }, late);
    expect(episode.injected.get("power-short")).toBe(1);
    expect(lines(episode, /api-01 goes back after its boot/).length).toBe(1);
    expect(lines(episode, /api-01 is back: reverted .* on v407/).length).toBe(1);
  });
});

describe("a rollback", () => {
  const bad: Partial<Schedule> = { versions: { v408: { bad: "bad-metric", from: 1, after: 0 } } };

  test("brings back whom it reaches, names the others, and the next one brings those back (cell 76)", async () => {
    const trouble = { kind: "partition", hosts: [0], at: 7_000, for: 60_000 } as const;
    const episode = await played({ ...bad, width: 3, troubles: [trouble], calm: 100_000, finale: "rollback" });
    expect(episode.injected.get("partition")).toBe(1);
    expect(lines(episode, /host\.reverted api-0[23]/).length).toBe(2);
    expect(episode.outcomes[0]).toBe("stuck");
    expect(lines(episode, /ends stuck: .*1 host could not be put back: api-01/).length).toBe(1);
    expect(episode.outcomes.slice(1)).toEqual(["done", "done", "nothing"]);
  });

  test("that was killed is gone on with by the same command, and nothing goes forward (cell 78)", async () => {
    const calm = await played(bad);
    const [turn = ""] = lines(calm, /rollback\.started/);
    const at = Number(turn.trim().split(" ")[0]) * 1_000 + 400;
    const again = commandAt(at + 5_000, {});
    const episode = await played({ ...bad, commands: [killed(at), again] });
    const began = episode.transcript.findIndex((line) => line.includes("is killed"));
    expect(began).toBeGreaterThan(0);
    expect(lines(episode, /host\.reverted/).length).toBeLessThan(lines(calm, /host\.reverted/).length + 1);
    expect(episode.outcomes.slice(0, 2)).toEqual(["killed", "rolled-back"]);
    expect(lines({ ...episode, transcript: episode.transcript.slice(began) }, / switch .* done/)).toEqual([]);
  });
});

test("a host that comes back after the end is brought along by the same command (cell 80)", async () => {
  const trouble = { kind: "down", hosts: [2], at: 0, for: 59_000 } as const;
  const episode = await played({ width: 2, maxFailed: 1, troubles: [trouble], finale: "again" });
  expect(episode.injected.get("down")).toBe(1);
  expect(episode.outcomes[0]).toBe("done");
  expect(episode.transcript.some((line) => /ends done: .* but 1 host, as max_failed allows: api-03/.test(line))).toBe(
    true,
  );
  const after = episode.transcript.findIndex((line) => line.includes("all faults stop"));
  expect(episode.transcript.slice(after).some((line) => /host\.proven api-03/.test(line))).toBe(true);
});

test("when the way to most hosts is lost at once the rollout is held and nothing goes back (cell 24)", async () => {
  const trouble = { kind: "partition", hosts: [0, 1, 2], at: 8_000, for: 80_000 } as const;
  const episode = await played({ width: 3, troubles: [trouble], calm: 120_000, finale: "again" });
  expect(episode.injected.get("partition")).toBe(1);
  expect(episode.outcomes[0]).toBe("held");
  expect(lines(episode, /api-.. (link back|lease is over)/)).toEqual([]);
  expect(episode.outcomes.slice(1)).toEqual(["done", "done", "nothing"]);
});
