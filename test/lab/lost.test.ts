import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { is, said } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { drop } from "./faults.ts";
import { hasNet } from "./net.ts";
import { openSix, type Six, two } from "./six.ts";

/** Hosts that cannot be reached, or that let nobody in, when a rollout begins. */
describe.runIf(hasNet())("a fleet of six with a host that is away", () => {
  let six: Six;
  beforeAll(async () => {
    six = await openSix();
  });
  afterAll(() => six.lab.close());

  /** What must not change: what each host's disk says, and how often its service was started. */
  async function untouched(): Promise<unknown> {
    const looks = await six.observer.looks();
    return [looks.map(({ answers, ...look }) => look), six.starts()];
  }

  test("it stands in the way before anything is touched; with max_failed it is named, and comes along later (cells 17, 80)", async () => {
    const { lab, observer } = six;
    await observer.begin("v2", ["h05"]);
    const before = await untouched();
    const away = drop([lab.host("h05")], ["orders"]);
    const refused = await endsWith(7, lab.place.ship(["--version", "v2"]));
    expect(said(refused)).toMatch(/h05 \(all\)/);
    expect(await untouched()).toEqual(before);
    lab.configure({ ...two, max_failed: "1" });
    const rest = await endsWith(0, lab.place.ship(["--version", "v2", "--json"]));
    expect(rest.events.find(is("rollout.ended"))).toMatchObject({
      hosts: expect.arrayContaining([expect.objectContaining({ host: "h05", state: "behind" })]),
    });
    away.lift();
    expect(away.struck()).toBeGreaterThan(0);
    expect(lab.serving()).toEqual(six.on("v2").with(4, "h05 v1"));
    const status = await endsWith(0, lab.place.ship(["status"]));
    expect(status.stdout).toMatch(/v1 .*h05/);
    const started = six.starts();
    const { events } = await endsWith(0, lab.place.ship(["--version", "v2", "--json"]));
    expect(lab.serving()).toEqual(six.on("v2"));
    expect(six.starts()).toEqual(started.with(4, (started[4] ?? 0) + 1));
    expect(await observer.verdict(events)).toEqual([]);
    lab.configure(two);
  });

  test("one that lets nobody in is found before anything is touched (cell 23)", async () => {
    const { lab, observer } = six;
    await observer.begin("v1");
    const before = await untouched();
    const locked = lab.host("h06");
    lab.stopHost(locked);
    await lab.startHost(locked, ["AuthorizedKeysFile=none"]);
    const refused = await lab.place.ship(["--version", "v1"]);
    expect([6, 7]).toContain(refused.exit);
    expect(said(refused)).toMatch(/h06 \(all\).*(tried|auth|log)/i);
    expect(await untouched()).toEqual(before);
    lab.stopHost(locked);
    await lab.startHost(locked);
    expect(await observer.verdict()).toEqual([]);
  });
});
