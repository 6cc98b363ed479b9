import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { all, answering, hostsOf, names, openFleet, recorded } from "./fleet.ts";
import { is, type Place, type Running, said } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);
// Long enough that it is still baking when the others come, however slow the machine.
const stages = "[{ cohort: first, bake: 4s }, { cohort: all, bake: 4m }]";

/** A rollout that is baking, and whose records say that another machine runs it: nobody can ask for its process. */
async function bakingElsewhere(place: Place): Promise<Running> {
  const running = place.start(["--version", "v408", "--json"]);
  await running.until((event) => event.type === "bake.started" && event.stage === "all");
  for (const { home } of await hostsOf(place)) {
    const beat = () => readFileSync(join(home, "api/.ship/beat"), "utf8");
    await expect.poll(beat, { timeout: 60_000, interval: 100 }).toContain("watching stage all");
    const record = join(home, "api/.ship/record");
    const text = readFileSync(record, "utf8");
    writeFileSync(`${record}.moved`, text.replace(/^holder='[^ ]*/m, "holder='ada@elsewhere/1f"));
    renameSync(`${record}.moved`, record);
  }
  return running;
}

describe("a rollout that another machine runs", { timeout: slow }, () => {
  const place = openFleet({ lines: { stages } });

  test("keeps others out while it lives; stopped it is superseded, and when it wakes up it puts nothing back (cells 8, 10)", async () => {
    const first = await bakingElsewhere(place());
    const refused = await place().ship(["--version", "v409", "--json"]);
    expect(refused.exit, said(refused)).toBe(5);
    expect(refused.events.find(is("holder.watched"))).toMatchObject({ holder: expect.stringContaining("@elsewhere") });
    expect(refused.events.find(is("command.failed"))).toMatchObject({
      outcome: "locked",
      message: expect.stringMatching(
        /ada on elsewhere\/1f \(pid \d+, in \/.*\), since .* ago\. It is watching stage all/,
      ),
      hint: expect.stringContaining("ship rollback -c api"),
    });
    expect(refused.events.some(is("host.fenced"))).toBe(false);

    first.kill("SIGSTOP");
    const taken = await place().ship(["--version", "v407", "--now", "--reason", "the other is stopped", "--json"]);
    expect(taken.exit, said(taken)).toBe(0);
    expect(taken.events.find(is("holder.superseded"))).toMatchObject({ still: 10_000 });
    expect(await recorded(place())).toEqual(all(hosts, "v407 proven"));

    first.kill("SIGCONT");
    const woken = await first.ended;
    expect(woken.exit, said(woken)).toBe(5);
    expect(woken.events.find(is("rollout.ended"))).toMatchObject({ reason: "superseded" });
    expect(woken.events.some((event) => event.type === "host.reverted" || event.type === "rollback.started")).toBe(
      false,
    );
    expect(await answering(place())).toEqual(all(hosts, "v407"));
  });

  test("and dies there is superseded by the same command, which goes on (cell 9)", async () => {
    const first = await bakingElsewhere(place());
    first.kill("SIGKILL");
    await first.ended;
    const again = await place().ship(["--version", "v408", "--now", "--reason", "no bakes", "--json"]);
    expect(again.exit, said(again)).toBe(0);
    expect(again.events.map(({ type }) => type)).toContain("holder.superseded");
    expect(again.events.find(is("rollout.started"))).toMatchObject({ continued: true });
    expect(again.events.some(is("host.switched"))).toBe(false);
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
  });
});

describe("words to a rollout", { timeout: slow }, () => {
  const place = openFleet({ lines: { stages } });
  const done = async (args: readonly string[]) => {
    const ended = await place().ship(args);
    expect(ended.exit, said(ended)).toBe(0);
    return said(ended);
  };

  test("pause, resume and abort reach it through the hosts; it ends 3, and every host is back", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    expect(await done(["pause", "--reason", "lunch"])).toContain("pause: taken for rollout");
    expect(await done(["status"])).toMatch(/paused by .*, watching stage all \(last sign of life/);
    expect(await done(["resume"])).toContain("resume: taken");
    expect(await done(["abort", "--reason", "wrong customer"])).toContain("abort: taken");
    const ended = await running.ended;
    expect(ended.exit, said(ended)).toBe(3);
    expect(ended.events.find(is("rollout.paused"))).toMatchObject({ why: "lunch" });
    expect(ended.events.find(is("rollout.ended"))).toMatchObject({
      reason: "aborted",
      summary: expect.stringContaining("wrong customer"),
    });
    expect(await answering(place())).toEqual(all(hosts, "v407"));
  });

  test("an abort of a rollout that nobody runs is a rollback that ends 3", async () => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until((event) => event.type === "bake.started" && event.stage === "all");
    running.kill("SIGKILL");
    await running.ended;
    const paused = await place().ship(["pause"]);
    expect(said(paused)).toContain("nobody runs rollout");
    const aborted = await place().ship(["abort", "--reason", "no longer wanted"]);
    expect(aborted.exit, said(aborted)).toBe(3);
    expect(await answering(place())).toEqual(all(hosts, "v407"));
    expect(await done(["abort"])).toContain("no rollout of api is open");
  });

  test("a resume of a rollout that nobody runs goes on with it, with the options that it was started with", async () => {
    const args = ["--version", "v408", "--to", "first", "--skip-hosts", "h3", "--json"];
    const running = place().start(args);
    await running.until(is("bake.started"));
    running.kill("SIGKILL");
    await running.ended;
    const artifact = join(place().folder, ".ship/sandbox/artifacts/v408");
    renameSync(artifact, `${artifact}.away`);
    const unable = await place().ship(["resume"]);
    renameSync(`${artifact}.away`, artifact);
    expect(unable.exit, said(unable)).toBe(8);
    expect(said(unable)).toContain("ship -c api --version v408 --to first --skip-hosts h3");
    const resumed = await place().ship(["resume", "--json"]);
    expect(resumed.exit, said(resumed)).toBe(0);
    expect(resumed.events.find(is("rollout.started"))).toMatchObject({ continued: true });
    expect(
      resumed.events.some((event) => event.type === "warned"),
      said(resumed),
    ).toBe(false);
    expect(await recorded(place())).toEqual(["h1 v408 proven", "h2 v407 reverted", "h3 v407 reverted"]);
    await done(["rollback"]);
  });

  test("and where it was started with an override, says what to type: nobody overrides twice by saying it once", async () => {
    const running = place().start(["--version", "v408", "--now", "--reason", "quick", "--json"]);
    await running.until(is("host.confirmed"));
    running.kill("SIGKILL");
    await running.ended;
    const resumed = await place().ship(["resume"]);
    expect(resumed.exit, said(resumed)).toBe(8);
    expect(said(resumed)).toContain("ship -c api --version v408 --now --reason TEXT");
    expect((await place().ship(["abort", "--reason", "no longer wanted"])).exit).toBe(3);
  });

  test("a lock refuses a rollout and no recovery, and stands in status", async () => {
    await done(["lock", "--reason", "audit"]);
    const refused = await place().ship(["--version", "v408"]);
    expect(refused.exit, said(refused)).toBe(6);
    expect(said(refused)).toMatch(/locked by .* since .*: audit/);
    expect(await done(["status"])).toMatch(/locked by .*: audit, on 3 hosts/);
    const second = await place().ship(["lock", "--reason", "mine"]);
    expect(second.exit, said(second)).toBe(6);
    expect(said(second)).toMatch(/api is locked already by .*: audit/);
    await done(["rollback"]);
    await done(["unlock"]);
    expect(await done(["unlock"])).toContain("api is not locked: there is nothing to open");
    await done(["sandbox", "break", "h3", "down"]);
    const partly = await place().ship(["lock", "--reason", "audit"]);
    expect(partly.exit, said(partly)).toBe(4);
    expect(said(partly)).toMatch(/not on every host[\s\S]*h3: /);
    expect((await place().ship(["unlock"])).exit).toBe(4);
    expect((await place().ship(["unlock"])).exit, "of h3 nobody knows").toBe(7);
    await done(["sandbox", "break", "h3", "up"]);
    await done(["unlock"]);
    const { exit } = await place().ship(["--version", "v408", "--to", "first", "--now", "--reason", "open again"]);
    expect(exit).toBe(0);
    expect((await place().ship(["lock"])).exit).toBe(2);
  });
});

describe("a stage that somebody must approve", { timeout: slow }, () => {
  const place = openFleet({
    lines: { stages: "[{ cohort: first, bake: 4s }, { cohort: all, bake: 4s, approve: true }]" },
  });

  test("is held, and the approval that comes later goes on with it to its end", async () => {
    const first = await place().ship(["--version", "v408"]);
    expect(first.exit, said(first)).toBe(8);
    expect(said(first)).toContain("ship approve -c api --reason TEXT");
    const approved = await place().ship(["approve", "--reason", "looks well", "--json"]);
    expect(approved.exit, said(approved)).toBe(0);
    expect(approved.events.find(is("rollout.steered"))).toMatchObject({ word: "approve", taken: false });
    expect(approved.events.find(is("rollout.ended"))).toMatchObject({ outcome: "done", why: "looks well" });
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
    const nothing = await place().ship(["approve", "--reason", "once more"]);
    expect(nothing.exit, said(nothing)).toBe(2);
  });
});
