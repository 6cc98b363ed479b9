import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { all, answering, names, openFleet, recorded } from "../e2e/fleet.ts";
import { is, type Running, said } from "../e2e/ship.ts";

const slow = 300_000;
const hosts = names(3);

/** How a CI runner cancels a job: a signal, 7.5 s, SIGTERM, 2.5 s, then the whole tree is killed. */
async function cancel(running: Running, first: NodeJS.Signals): Promise<readonly string[]> {
  const sent: NodeJS.Signals[] = [];
  let over = false;
  const ended = running.ended.then(() => {
    over = true;
  });
  for (const [signal, within] of [
    [first, 7_500],
    ["SIGTERM", 2_500],
    ["SIGKILL", 0],
  ] as const) {
    if (over) break;
    running.kill(signal);
    sent.push(signal);
    await Promise.race([ended, sleep(within)]);
  }
  return sent;
}

/** The n-th event that fits. */
function nth(count: number, fits: (event: Event) => boolean): (event: Event) => boolean {
  const seen = new Set<Event>();
  return (event) => {
    if (fits(event)) seen.add(event);
    return seen.size >= count;
  };
}

const stageAll = (type: "bake.started" | "stage.started") => (event: Event) =>
  event.type === type && event.stage === "all";

describe("a CI runner cancels the job", { timeout: slow }, () => {
  const place = openFleet();

  const forward: readonly (readonly [string, NodeJS.Signals, (event: Event) => boolean])[] = [
    ["fencing", "SIGINT", is("host.fenced")],
    ["placing", "SIGTERM", stageAll("stage.started")],
    ["changing", "SIGHUP", is("host.armed")],
    ["switching", "SIGINT", nth(2, is("host.switched"))],
    ["baking", "SIGTERM", stageAll("bake.started")],
    ["proving", "SIGINT", is("host.proven")],
  ];

  test.each(forward)(
    "while %s (%s): ship ends by itself, says how to go on and back, and going back works (cell 73)",
    async (_phase, signal, moment) => {
      const running = place().start(["--version", "v408", "--json"]);
      await running.until(moment);
      expect(await cancel(running, signal)).toEqual([signal]);
      const ended = await running.ended;
      expect(ended.exit, said(ended)).toBe(130);
      const end = ended.events.find(is("rollout.ended"));
      expect(end).toMatchObject({
        outcome: "interrupted",
        hint: expect.stringMatching(/ship -c api --version v408.*ship rollback -c api/),
      });
      expect(ended.events.at(-1)).toMatchObject({ type: "command.ended", exit: 130 });
      const back = await place().ship(["rollback"]);
      expect(back.exit, said(back)).toBe(0);
      expect(await answering(place())).toEqual(all(hosts, "v407"));
    },
  );

  test("while it looks at the fleet, nothing was changed (cell 73)", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until(is("artifact.resolved"));
    expect(await cancel(running, "SIGINT")).toEqual(["SIGINT"]);
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(130);
    expect(said(ended)).toContain("Nothing was being changed");
  });

  test("while it takes its leave, everything is as it would have been (cell 73)", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until((event) => event.type === "stage.passed" && event.stage === "all");
    const sent = await cancel(running, "SIGTERM");
    expect(sent.length).toBeLessThan(2);
    expect([0, 130]).toContain((await running.ended).exit);
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
    const back = await place().ship(["rollback"]);
    expect(back.exit, said(back)).toBe(0);
  });

  test("while hosts go back: the next run goes on with that (cells 73, 78)", async () => {
    const running = place().start(["--version", "v409", "--json"]);
    await running.until(is("rollback.started"));
    expect(await cancel(running, "SIGINT")).toEqual(["SIGINT"]);
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(130);
    expect(ended.events.find(is("rollout.ended"))).toMatchObject({
      hint: expect.stringContaining("ship rollback -c api"),
    });
    const again = await place().ship(["--version", "v409"]);
    expect([3, 6], said(again)).toContain(again.exit);
    expect(await answering(place())).toEqual(all(hosts, "v407"));
  });

  test("two signals at once end it at once, and the hosts look after themselves (cell 74)", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until(is("host.switched"));
    for (const signal of ["SIGTERM", "SIGHUP"] as const) running.kill(signal);
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(130);
    const again = await place().ship(["--version", "v408"]);
    expect(again.exit, said(again)).toBe(0);
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
  });
});
