import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { is } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { drop } from "./faults.ts";
import { hasNet } from "./net.ts";
import { openSix, type Six, two } from "./six.ts";

/** A rollback that loses hosts, and one that loses ship. */
describe.runIf(hasNet())("a fleet of six that goes back", () => {
  let six: Six;
  beforeAll(async () => {
    six = await openSix();
  });
  afterAll(() => six.lab.close());

  test("without two of its hosts: the others go back, and these are named with what is known of them; later they follow (cells 76, 80)", async () => {
    const { lab, observer } = six;
    await observer.begin("v2", ["h03", "h05"]);
    await endsWith(0, lab.place.ship(["--version", "v2"]));
    const cut = drop([lab.host("h03"), lab.host("h05")], ["orders", "answers"]);
    const back = await endsWith(4, lab.place.ship(["rollback", "--json"]));
    expect(lab.serving()).toEqual(six.on("v1").with(2, "h03 v2").with(4, "h05 v2"));
    const [end] = back.events.flatMap((event) => (event.type === "rollout.ended" ? [event] : []));
    for (const name of ["h03", "h05"]) {
      const host = end?.hosts.find(({ host }) => host === name);
      expect(host).toMatchObject({ state: "unknown", detail: expect.any(String), mend: expect.stringContaining(name) });
    }
    expect(end?.hosts.filter(({ state }) => state === "restored").map(({ host }) => host)).toEqual([
      ...["h01", "h02", "h04", "h06"],
    ]);
    expect(await observer.verdict(back.events)).toEqual([]);
    cut.lift();
    expect(cut.struck()).toBeGreaterThan(0);
    const status = await endsWith(0, lab.place.ship(["status"]));
    expect(status.stdout).toMatch(/behind .*v2 .*h\[03,05\]/);
    const started = six.starts();
    const rest = await endsWith(0, lab.place.ship(["rollback", "--json"]));
    expect(lab.serving()).toEqual(six.on("v1"));
    expect(six.starts()).toEqual(started.map((count, index) => count + (index === 2 || index === 4 ? 1 : 0)));
    expect(await observer.verdict(rest.events)).toEqual([]);
  });

  test("killed when the first host is back: the same command goes on going back, and brings the bad version to none (cell 78)", async () => {
    const { lab, observer } = six;
    lab.version("v9", { connections: 3 });
    await observer.begin("v9");
    // Bad only where all hosts have it: the rollback has something to do.
    lab.configure({
      ...{ ...two, rollback: "{ max_unavailable: 1 }" },
      assertions: "[{ assert: each.active_cons > 10, every: 1s, min_readings: 2, from: all }]",
    });
    const running = lab.place.start(["--version", "v9", "--json"]);
    await running.until(is("host.reverted"));
    running.kill("SIGKILL");
    const killed = await running.ended;
    expect(killed.exit).toBe(null);
    expect(lab.serving()).toContainEqual(expect.stringMatching(/v9$/));
    const again = await endsWith(3, lab.place.ship(["--version", "v9", "--json"]));
    expect(again.events.some(is("host.switched"))).toBe(false);
    expect(lab.serving()).toEqual(six.on("v1"));
    expect(await observer.verdict(again.events)).toEqual([]);
  });
});
