import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { Component } from "../../src/core/component.ts";
import { type Lab, lab, type Shipped, saying, ship } from "./lab.ts";
import { simulatedPrometheus } from "./prometheus.ts";
import { running } from "./seed.ts";

const folder = join(import.meta.dirname, "../config/sample");

/** The design's own config, as a recovery reads it: without the keys that are not built yet, and with all others. */
async function sample(): Promise<Component> {
  const asked = {
    file: "ship.config.yaml",
    cwd: folder,
    env: {},
    mode: "recovery",
    only: { component: "api" },
  } as const;
  const loaded = await loadConfig(asked);
  if (loaded.type === "complaints") throw new Error(loaded.complaints.map(({ message }) => message).join("\n"));
  expect(loaded.warnings.filter(({ message }) => !message.includes("is not built yet"))).toEqual([]);
  const api = loaded.config.components.get("api");
  if (api === undefined) throw new Error("the sample has no component api");
  return api;
}

/** Forty hosts, one internal and six of them beta, that run v407; a version that is as good is there. */
async function open(interval: number): Promise<Lab> {
  const sizes = new Map(Object.entries({ internal: 1, beta: 6, all: 40 }));
  const made = lab(sizes, await sample(), (index) => ({ role: "api", zone: "abc".charAt(index % 3) }));
  running(made, "v407");
  made.behaviours.set("v407", { errors: 0.0005 }).set("v408", { errors: 0.0005 });
  vi.stubGlobal("fetch", simulatedPrometheus(made, interval));
  return made;
}

function passedIn({ told }: Shipped) {
  return told.flatMap(({ happening }) => (happening.type === "stage.passed" ? [happening] : []));
}

/** Half an hour of forty hosts is reckoned in half a minute, and more beside other tests. */
describe("the sample of the design, on forty hosts", { timeout: 240_000 }, () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("passes a good version in every stage, the last one when somebody has approved it", async () => {
    const made = await open(15_000);
    const approved = made.clock.sleep(25 * 60_000).then(() => saying(made, "approve"));
    const shipped = await ship(made, { version: "v408", wait: 3_600_000 });
    expect(await approved).toMatchObject({ type: "taken" });
    expect(shipped.ended).toMatchObject({ exit: 0, reason: "proven" });
    const passed = passedIn(shipped);
    expect(passed.map(({ stage }) => stage)).toEqual(["internal", "beta", "all 10%", "all"]);
    const verdicts = passed.flatMap(({ judgements }) => judgements.map(({ verdict }) => verdict));
    expect(new Set(verdicts)).toEqual(new Set(["pass"]));
    expect(passed[0]?.judgements.map(({ assertion, origins }) => [assertion, origins])).toEqual([
      ["p99_latency < 50", ["exposition http://127.0.0.1:8080/metrics"]],
      ["active_cons > 10", ["exposition http://127.0.0.1:8080/metrics"]],
      ["error_rate <= 1.5 * baseline.error_rate + 0.001", ["prometheus http://prometheus:9090"]],
      ["fleet.queue_depth < 1000", ["prometheus http://prometheus:9090"]],
      ["each.healthy", ["the host"]],
      ["each.restarts == 0", ["the host"]],
    ]);
  });

  test("and passes it when it was held before the last stage, and is gone on with after somebody has approved it", async () => {
    const made = await open(15_000);
    const first = await ship(made, { version: "v408" });
    expect(first.ended).toMatchObject({ exit: 8, reason: "not-approved" });
    expect(await made.clock.drive(saying(made, "approve"))).toMatchObject({ type: "unheard", silent: undefined });
    const second = await ship(made, { version: "v408" });
    expect(second.ended).toMatchObject({ exit: 0, reason: "proven" });
    const before = second.told.findIndex(({ happening }) => happening.type === "host.switched");
    const compared = second.told.slice(0, before).flatMap(({ happening }) => {
      return happening.type === "assertion.judged" && happening.judgement.assertion.includes("baseline")
        ? [happening.judgement.verdict]
        : [];
    });
    expect(compared.at(-1)).toBe("pass");
  });

  test("holds it in the two minutes of internal, where the server scrapes but once a minute", async () => {
    const { ended } = await ship(await open(60_000), { version: "v408" });
    expect(ended).toMatchObject({ exit: 8, reason: "no-evidence" });
    expect(ended?.summary).toMatch(/internal: .*baseline.error_rate \+ 0.001: too-few, 1 of the 3 readings/);
  });
});
