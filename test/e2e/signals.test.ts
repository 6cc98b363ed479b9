import { describe, expect, test } from "vitest";
import { all, answering, names, openFleet, recorded } from "./fleet.ts";
import { is, said } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);

describe("a signal", { timeout: slow }, () => {
  const place = openFleet();

  test.each([
    ["SIGTERM", ["rollback"], "v407"],
    ["SIGHUP", ["rollback"], "v407"],
    ["SIGINT", ["--version", "v408"], "v408"],
  ] as const)("%s in a bake leaves the changed hosts, and ship %j ends it (cell 73)", async (signal, next, version) => {
    const running = place().start(["--version", "v408", "--json"]);
    await running.until(is("bake.started"));
    running.kill(signal);
    const ended = await running.ended;
    expect(ended.exit).toBe(130);
    const end = ended.events.find(is("rollout.ended"));
    expect(end).toMatchObject({ outcome: "interrupted", hint: expect.stringContaining("ship -c api --version v408") });
    expect(end).toMatchObject({ hint: expect.stringContaining("ship rollback -c api") });
    expect(await answering(place())).toEqual(["h1 v408", "h2 v407", "h3 v407"]);
    const then = await place().ship(next);
    expect(then.exit, said(then)).toBe(0);
    expect(await answering(place())).toEqual(all(hosts, version));
  });

  test("in hand, a host is confirmed or goes back by itself (cell 73)", async () => {
    const running = place().start(["--version", "v407", "--json"]);
    await running.until(is("host.switched"));
    running.kill("SIGINT");
    expect((await running.ended).exit).toBe(130);
    await expect
      .poll(async () => (await recorded(place()))[0], { timeout: 90_000 })
      .toMatch(/^h1 (v407 confirmed|v408 reverted)$/);
    const back = await place().ship(["rollback"]);
    expect(back.exit, said(back)).toBe(0);
    // A host that put itself back has restarted its app, which may still be on its way to its port.
    await expect.poll(() => answering(place())).toEqual(all(hosts, "v408"));
  });

  test("a second one ends ship at once, and the hosts look after themselves (cell 74)", async () => {
    const running = place().start(["--version", "v407", "--json"]);
    await running.until(is("host.armed"));
    running.kill("SIGINT");
    await running.until(is("rollout.interrupted"));
    running.kill("SIGINT");
    const ended = await running.ended;
    expect(ended.exit).toBe(130);
    const again = await place().ship(["--version", "v407"]);
    expect(again.exit, said(again)).toBe(0);
    expect(await recorded(place())).toEqual(all(hosts, "v407 proven"));
  });
});
