import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { openPlace, type Place } from "./ship.ts";

/** What a person is told before, while and after: on the fleet that comes with ship. */
describe("what is to be seen, and why it ended so", { timeout: 400_000 }, () => {
  let place: Place;
  beforeAll(() => {
    place = openPlace();
  });
  afterAll(() => place.close());

  test("a dry run says what each gate will see, by what the hosts serve now", async () => {
    const { exit, events } = await place.ship(["plan", "--version", "v408", "--json"]);
    expect(exit).toBe(0);
    const forecast = events.flatMap((event) => (event.type === "plan.made" ? [event.forecast] : []))[0];
    const gates = forecast?.type === "measured" ? forecast.gates : [];
    expect(gates).toMatchObject([
      { assertion: "p99_latency < 50", verdict: "pass" },
      { assertion: "active_cons > 10", verdict: "pass", warnings: [] },
      { assertion: "error_rate < 0.01", verdict: "pass", warnings: [] },
      { assertion: "each.healthy" },
      { assertion: "each.restarts == 0" },
    ]);
    const [latency] = gates;
    expect(latency?.stages).toMatchObject([
      { stage: "internal", method: "sequential", exposed: 1, finds: [{ change: "doubled" }] },
      { stage: "beta", exposed: 4 },
      { stage: "all", exposed: 12 },
    ]);
    const traffic = latency?.stages.map((stage) => stage.traffic ?? 0) ?? [];
    expect(traffic[0]).toBeGreaterThan(10);
    expect(traffic[2]).toBeGreaterThan(Number(traffic[1]));
  });

  test("without a look at the hosts nothing is predicted, and it says so", async () => {
    const { exit, stdout } = await place.ship(["--version", "v408", "--dry-run", "--offline"]);
    expect(exit).toBe(0);
    expect(stdout).toContain("Nothing is predicted: nothing was measured (--offline).");
  });

  test("a watch goes on until Ctrl-C, and ends with the verdict of that moment", async () => {
    const watching = place.start(["check", "--watch", "--json"]);
    const passes = new Set<string>();
    await watching.until((event: Event) => {
      if (event.type === "assertion.judged" && event.judgement.verdict === "pass")
        passes.add(event.judgement.assertion);
      return passes.size === 5;
    });
    watching.kill("SIGINT");
    const { exit, events, stderr } = await watching.ended;
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(events.at(-1)).toMatchObject({ type: "command.ended", exit: 0 });
  });

  test("a log of a watch has a line for each verdict that changes, and no more", async () => {
    await place.ship(["sandbox", "break", "api-03", "sick"]);
    const watching = place.start(["check", "--watch"]);
    await watching.says(/fail {2}each.healthy/);
    // Some more readings, which are to say nothing.
    await new Promise((done) => setTimeout(done, 5_000));
    watching.kill("SIGTERM");
    const { exit, stdout } = await watching.ended;
    expect(exit).toBe(9);
    expect(stdout.split("\n").filter((line) => line.includes("each.healthy"))).toEqual([
      expect.stringMatching(/fail {2}each.healthy: .* on api-03$/),
    ]);
    await place.ship(["sandbox", "break", "api-03", "up"]);
  });

  test("why names the test, the interval, the chance, who gave the numbers, and when", async () => {
    expect((await place.ship(["--version", "v409"])).exit).toBe(3);
    const { exit, stdout } = await place.ship(["why"]);
    expect(exit).toBe(0);
    const [, decided = ""] = stdout.split("What decided\n");
    expect(decided).toMatch(/^ {2}p99_latency < 50 failed in internal at \d\d:\d\d:\d\d, .* after it began\n/);
    expect(decided).toMatch(/\d against 50, \d+ events, on api-01\n/);
    expect(decided).toMatch(
      /sequential test on counts, \d+ readings, between \d.* and \d.* \(95%\), by exposition http/,
    );
    expect(decided).toMatch(/a healthy version looks this bad (less than once|once in)/);
  });
});
