import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { is } from "../e2e/ship.ts";
import { endsWith } from "./ended.ts";
import { drop, type Fault, freeze, reset } from "./faults.ts";
import { hasNet } from "./net.ts";
import { openSix, type Six } from "./six.ts";

/** Longer than ship takes to give up a peer that says nothing (3 s, three times, and one before). */
const silenceMs = 14_000;

type Host = Six["lab"]["hosts"][number];

/** A host that falls silent while it is changed. */
describe.runIf(hasNet())("a fleet of six, one of which falls silent", () => {
  let six: Six;
  beforeAll(async () => {
    six = await openSix();
  });
  afterAll(() => six.lab.close());

  const silences: readonly (readonly [string, (host: Host) => Fault])[] = [
    ["whose sshd stands still", (host) => freeze(six.lab, host)],
    ["to which nothing comes any more", (host) => drop([host], ["orders"])],
    ["from which nothing comes any more", (host) => drop([host], ["answers"])],
    ["which resets its connections", (host) => reset([host])],
  ];

  test.each(silences)(
    "a host %s in the middle of its change is asked again, and changed once (cell 20)",
    async (_, silence) => {
      const { lab, observer } = six;
      const version = six.other();
      await observer.begin(version);
      const started = six.starts();
      const running = lab.place.start(["--version", version, "--json"]);
      await running.until((event) => event.type === "host.armed" && event.host === "h02");
      const fault = silence(lab.host("h02"));
      await sleep(silenceMs);
      expect(fault.struck()).toBeGreaterThan(0);
      fault.lift();
      const { events } = await endsWith(0, running.ended);
      expect(events.some(is("host.failed")) || events.some(is("host.reverted"))).toBe(false);
      expect(lab.serving()).toEqual(six.on(version));
      expect(six.starts()).toEqual(started.map((count) => count + 1));
      expect(await observer.verdict(events)).toEqual([]);
    },
  );
});
