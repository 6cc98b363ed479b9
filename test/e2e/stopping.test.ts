import { describe, expect, test } from "vitest";
import { all, answering, names, openFleet, recorded, smallFleet } from "./fleet.ts";
import { is, said } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);

describe("a rollout that is not alone", { timeout: slow }, () => {
  // Long enough that it is still baking when the others come, however slow the machine.
  const stages = "[{ cohort: first, bake: 4s }, { cohort: all, bake: 2m }]";
  const place = openFleet({ lines: { stages } });

  test("keeps others out, and is taken over by a rollback, and puts nothing back itself (cells 8, 15)", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    const other = await place().ship(["--version", "v409"]);
    expect(other.exit, said(other)).toBe(5);
    expect(said(other)).toMatch(new RegExp(`pid ${running.pid}`));
    expect(said(other)).toContain("ship rollback -c api");
    const back = await place().ship(["rollback"]);
    expect(back.exit, said(back)).toBe(0);
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(5);
    expect(ended.events.some(is("host.reverted"))).toBe(false);
    expect(await answering(place())).toEqual(all(hosts, "v407"));
  });
});

describe("a rollout that is asked for in part", { timeout: slow }, () => {
  const place = openFleet();

  test("goes on to its end when nobody reads what it says (cell 74)", async () => {
    const ended = await place().shell('ship --version v408 --to first | head -1; echo "$PIPESTATUS"');
    expect(ended.stdout).toMatch(/v408[\s\S]*\n0\n$/);
    expect(await recorded(place())).toEqual(["h1 v408 proven", "h2 v407 proven", "h3 v407 proven"]);
  });

  test("--to stops after a cohort, and the same command without it ships the rest", async () => {
    const part = await place().ship(["--version", "v408", "--to", "first"]);
    expect(part.exit, said(part)).toBe(0);
    expect(part.stdout).toContain("nothing was changed");
    const rest = await place().ship(["--version", "v408", "--json"]);
    expect(rest.exit, said(rest)).toBe(0);
    expect(rest.events.flatMap((event) => (event.type === "host.switched" ? [event.host] : [])).sort()).toEqual([
      "h2",
      "h3",
    ]);
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
  });

  test("--only-hosts and --now change those hosts, on health alone, and the reason stands in the report", async () => {
    const ended = await place().ship([
      "--version",
      "v407",
      "--only-hosts",
      "h[13]",
      "--now",
      "--reason",
      "a test of it",
      "--json",
    ]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.events.some(is("bake.started"))).toBe(false);
    expect(ended.events.find(is("rollout.started"))).toMatchObject({ overrides: ["--now"], why: "a test of it" });
    expect(ended.events.find(is("rollout.ended"))).toMatchObject({ why: "a test of it" });
    expect(await answering(place())).toEqual(["h1 v407", "h2 v408", "h3 v407"]);
    const unexplained = await place().ship(["--version", "v407", "--now"]);
    expect(unexplained.exit).toBe(2);
    expect(said(unexplained)).toContain("--now needs a reason");
  });

  test("--timeout holds it where it is", async () => {
    // Over in the midst of the first bake, however long it takes to get there.
    const long = smallFleet({ bake: "3m" });
    place().write("ship.config.yaml", long["ship.config.yaml"] ?? "");
    const ended = await place().ship(["--version", "v408", "--timeout", "20s"]);
    expect(ended.exit, said(ended)).toBe(8);
    expect(ended.stdout).toContain("its --timeout is over");
    // The release goes from every host that has it, whichever rollout brought it.
    const back = await place().ship(["rollback"]);
    expect(back.exit, said(back)).toBe(0);
    expect(await answering(place())).toEqual(["h1 v407", "h2 v407", "h3 v407"]);
  });
});

describe("a rollout that fails", { timeout: slow }, () => {
  const place = openFleet({ bake: "6s" });

  test("--on-failure hold leaves the bad hosts where they are, names them, and says how they go back", async () => {
    const ended = await place().ship(["--version", "v409", "--on-failure", "hold"]);
    expect(ended.exit, said(ended)).toBe(4);
    expect(ended.stdout).toMatch(/p99_latency < 50 fails with [\d.]+ .* on h1/);
    expect(ended.stdout).toContain("ship rollback -c api");
    expect((await answering(place()))[0]).toBe("h1 v409");
    const back = await place().ship(["rollback"]);
    expect(back.exit, said(back)).toBe(0);
    expect(await answering(place())).toEqual(all(hosts, "v407"));
  });

  const blind =
    '{ p99_latency: { from: exposition, url: "http://127.0.0.1:9/metrics", quantile: 0.99, of: http_request_seconds, unit: ms } }';

  test("without evidence is held, and never passes (cells 67, 72)", async () => {
    for (const [file, text] of Object.entries(smallFleet({ lines: { metrics: blind } }))) place().write(file, text);
    const ended = await place().ship(["--version", "v408"]);
    expect(ended.exit, said(ended)).toBe(8);
    expect(ended.stdout).toMatch(/held: no verdict at the end of the bake.*p99_latency < 50.*provider-error/);
    expect(await recorded(place())).toEqual(["h1 v408 confirmed", "h2 v407 proven", "h3 v407 proven"]);
  });

  test("without evidence goes back where on_blind says so", async () => {
    const lines = { metrics: blind, on_blind: "rollback" };
    for (const [file, text] of Object.entries(smallFleet({ lines }))) place().write(file, text);
    const ended = await place().ship(["--version", "v408"]);
    expect(ended.exit, said(ended)).toBe(3);
    expect(await answering(place())).toEqual(all(hosts, "v407"));
    const marked = await place().ship(["--version", "v408", "--dry-run"]);
    expect(marked.exit, "blind is not bad: the version may be tried again").toBe(0);
  });
});
