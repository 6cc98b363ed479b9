import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenSshFleet, openFleet } from "./openssh-fleet.ts";
import { hasOpenSsh } from "./openssh-server.ts";

describe.runIf(hasOpenSsh())("on real servers", () => {
  let fleet: OpenSshFleet;
  beforeAll(async () => {
    const cohorts = { first: { hosts: 1, bake: "2s" }, all: { hosts: 3, bake: "2s" } };
    fleet = await openFleet({ hosts: 3, cohorts });
  });
  afterAll(() => fleet.close());

  test("ship again where all is proven is one channel a host, in which no byte of the artifact is", async () => {
    const sessions = join(fleet.rig.root, "sessions");
    const deploy = ["--version", "v1", "--now", "--reason", "to count", "--json"];
    expect((await fleet.place.ship(deploy)).exit).toBe(0);
    writeFileSync(sessions, "");
    const { exit, events } = await fleet.place.ship(deploy);
    expect(exit).toBe(0);
    expect(readFileSync(sessions, "utf8").split("\n").filter(Boolean).sort()).toEqual(
      fleet.rig.hosts.map(({ address }) => address),
    );
    expect(events.filter(({ type }) => type === "bytes.sent" || type === "host.placed")).toEqual([]);
  });
});
