import { randomBytes } from "node:crypto";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenSshFleet, openFleet } from "../e2e/openssh-fleet.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import { type Running, said } from "../e2e/ship.ts";

const size = 40_000_000;
const hosts = ["h01", "h02", "h03"];
const everywhere = (words: string) => hosts.map((name) => `${name} ${words}`);

/** Of an upload, as shares of its bytes: every tenth where there is time, else three. */
const moments = process.env["SHIP_ALL"] === "1" ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [0, 4, 8];

/** The first host's bytes of an upload are counted on its own disk, so that the kill comes in the middle of them. */
describe.runIf(hasOpenSsh())("an upload of 40 MB to real OpenSSH servers", { timeout: 240_000 }, () => {
  let fleet: OpenSshFleet;
  beforeAll(async () => {
    fleet = await openFleet({
      hosts: 3,
      cohorts: { internal: { hosts: 1, bake: "5s" }, all: { hosts: 3, bake: "5s" } },
      lines: { max_unavailable: '"100%"' },
    });
    const begun = await deploy("v1", "--now", "--reason", "where it begins").ended;
    expect(begun.exit, said(begun)).toBe(0);
    fleet.version("big");
    writeFileSync(join(fleet.place.folder, "versions/big/bytes"), randomBytes(size));
  });
  afterAll(() => fleet.close());

  const deploy = (version: string, ...more: string[]) =>
    fleet.place.start(["-c", "api", "--version", version, ...more]);
  const tree = (folder: string) => join(fleet.host("h01").home, "api", folder);
  const releases = () => readdirSync(tree("releases")).filter((name) => name.startsWith("big"));

  /** Bytes of the archive that have come to the first host. */
  function come(): number {
    try {
      const [name = ""] = readdirSync(tree(".ship/incoming"));
      return statSync(join(tree(".ship/incoming"), name, "archive")).size;
    } catch {
      return 0;
    }
  }

  /** The bytes that have come when they are more than these; all of them when ship ends before. */
  async function passing(bytes: number, { ended }: Running): Promise<number> {
    let over = false;
    const watched = ended.then(() => {
      over = true;
    });
    while (come() <= bytes && !over) await Promise.race([watched, sleep(2)]);
    return over ? size : come();
  }

  test.each(moments)(
    "is killed after %d tenths: nothing but an incoming part was written, and it goes by itself (cells 32, 33)",
    async (tenths) => {
      const running = deploy("big");
      const bytes = await passing((tenths / 10) * size, running);
      running.kill("SIGKILL");
      expect(bytes, said(await running.ended)).toBeLessThan(size);
      expect(releases()).toEqual([]);
      await expect.poll(() => readdirSync(tree(".ship/incoming")), { timeout: 30_000 }).toEqual([]);
      expect(releases()).toEqual([]);
      expect(fleet.serving()).toEqual(everywhere("v1"));
    },
  );

  test("whose server's sessions are killed is sent again, and the same command ends as if nothing had been (cell 32)", async () => {
    const running = deploy("big", "--json");
    const bytes = await passing(size / 3, running);
    const sessions = fleet.rig.sessions(fleet.host("h01")).length;
    fleet.rig.cut(fleet.host("h01"));
    const ended = await running.ended;
    expect(bytes, said(ended)).toBeLessThan(size);
    expect(sessions).toBeGreaterThan(0);
    expect(ended.exit, said(ended)).toBe(0);
    expect(fleet.serving()).toEqual(everywhere("big"));
    expect(readdirSync(tree(".ship/incoming"))).toEqual([]);
  });
});
