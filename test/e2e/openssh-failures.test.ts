import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenSshFleet, openFleet } from "./openssh-fleet.ts";
import { hasOpenSsh } from "./openssh-server.ts";
import type { Behaviour } from "./openssh-service.ts";
import type { Ended } from "./ship.ts";

const names = ["h01", "h02", "h03", "h04", "h05"];
const everywhere = (words: string) => names.map((name) => `${name} ${words}`);
const fingerprint = /SHA256:[A-Za-z0-9+/]{43}/g;

/** What goes wrong, on a few real OpenSSH servers that run v1; after each test they run it still. */
describe.runIf(hasOpenSsh())("five hosts on OpenSSH", { timeout: 400_000 }, () => {
  let fleet: OpenSshFleet;
  beforeAll(async () => {
    fleet = await openFleet({
      hosts: 5,
      cohorts: { internal: { hosts: 1, bake: "4s" }, beta: { hosts: 3, bake: "4s" }, all: { hosts: 5, bake: "6s" } },
      lines: {
        healthy: "{ type: exec, run: ./bin/healthy, within: 6s, for: 1s, proof: folder }",
        max_unavailable: '"100%"',
      },
    });
    expect(await deploy("v1", "--now", "--reason", "where it begins")).toMatchObject({ exit: 0, stderr: "" });
  });
  afterAll(() => fleet.close());

  const deploy = (version: string, ...more: string[]) =>
    fleet.place.ship(["--component", "api", "--version", version, ...more]);

  async function without(effect: () => Promise<Ended>): Promise<Ended> {
    const before = await fleet.everything();
    const ended = await effect();
    expect(await fleet.everything()).toEqual(before);
    return ended;
  }

  /** Runs with another known_hosts; the right one is back afterwards. */
  async function knowing(lines: (right: readonly string[]) => readonly string[], effect: () => Promise<Ended>) {
    const right = readFileSync(fleet.rig.knownHosts, "utf8");
    writeFileSync(fleet.rig.knownHosts, lines(right.split("\n")).join("\n"));
    const ended = await without(effect);
    writeFileSync(fleet.rig.knownHosts, right);
    return ended;
  }

  const bad: readonly (readonly [string, Behaviour, RegExp])[] = [
    ["cannot-be-activated", { activation: "fails" }, /h01: .*it ended with code 3/],
    ["exits-at-once (cell 54)", { start: "exits" }, /h01: .*exit code 1/],
    ["does-not-answer", { health: "silent" }, /h01: .*exit code 1/],
    ["loses-connections", { connections: 3 }, /stage internal: each.active_cons > 10 fails with 3 .* on h01\b/],
    [
      "leaves-the-old-one (cell 55)",
      { activation: "leaves the old one" },
      /h01: .* runs from v1-\w{8}, not from leaves-/,
    ],
  ];

  test.each(bad)("a version that %s is found out, and every host goes back", async (title, behaviour, evidence) => {
    const [version = ""] = title.split(" ");
    fleet.version(version, behaviour);
    const ended = await deploy(version);
    expect(ended).toMatchObject({ exit: 3, stderr: "" });
    expect(ended.stdout).toMatch(evidence);
    expect(fleet.serving()).toEqual(everywhere("v1"));
    expect((await fleet.recorded()).every((line) => / v1 (proven|reverted)$/.test(line))).toBe(true);
  });

  test("what an activation printed is shown with its failure, and by why", async () => {
    const log = await fleet.place.ship(["log"]);
    const id = /(\d{8}-\d{6}-[0-9a-f]{4}) +api cannot-be-activated/.exec(log.stdout)?.[1] ?? "";
    const why = await fleet.place.ship(["why", id]);
    expect(why).toMatchObject({ exit: 0, stderr: "" });
    expect(why.stdout).toContain("cannot-be-activated: unknown setting pool_size");
  });

  test("status and why are known in another folder, which has no journal", async () => {
    const elsewhere = join(fleet.place.folder, "../elsewhere");
    mkdirSync(elsewhere);
    for (const name of ["ship.config.yaml", "cohorts"])
      cpSync(join(fleet.place.folder, name), join(elsewhere, name), { recursive: true });
    const status = await without(() => fleet.place.ship(["status"], { cwd: elsewhere }));
    expect(status).toMatchObject({ exit: 0, stderr: "" });
    for (const cohort of ["internal", "beta", "all"]) expect(status.stdout).toContain(cohort);
    expect(status.stdout).toContain("v1");
    const why = await without(() => fleet.place.ship(["why"], { cwd: elsewhere }));
    expect(why).toMatchObject({ exit: 0, stderr: "" });
    expect(why.stdout).toMatch(/leaves-the-old-one.*runs from v1-/s);
  });

  test("S5: a host whose key nobody knows is not talked to, and nor are the others (cell 18)", async () => {
    const unknown = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("h03,"));
    const ended = await knowing(unknown, () => deploy("v2"));
    expect(ended.exit).toBe(6);
    const said = ended.stdout + ended.stderr;
    expect(said).toMatch(/h03: no host key is known for/);
    expect(said.match(fingerprint)).toEqual([shownBy("h03")]);
    expect(said).toContain("ship doctor --trust");
  });

  test("a host that shows another key than it did is not talked to; both fingerprints are shown (cell 18)", async () => {
    const keyOf = (lines: readonly string[], name: string) =>
      lines.find((line) => line.startsWith(`${name},`))?.replace(/^\S+ /, "");
    const swapped = (lines: readonly string[]) =>
      lines.map((line) => (line.startsWith("h03,") ? line.replace(/ .*/, ` ${keyOf(lines, "h04")}`) : line));
    const ended = await knowing(swapped, () => deploy("v2"));
    expect(ended.exit).toBe(6);
    const said = ended.stdout + ended.stderr;
    expect(said).toMatch(/h03: the host key of .* has changed/);
    expect(said.match(fingerprint)).toEqual([shownBy("h04"), shownBy("h03")]);
  });

  test("a host that is down, where none may be, stands in the way before anything is touched (cell 17)", async () => {
    await fleet.rig.stopHost(fleet.host("h02"));
    const ended = await without(() => deploy("v2"));
    const status = await without(() => fleet.place.ship(["status"]));
    await fleet.rig.startHost(fleet.host("h02"));
    expect(ended.exit).toBe(7);
    expect(ended.stdout + ended.stderr).toMatch(/h02 \(beta\): .*connection refused/);
    expect(status.stdout).toMatch(/h02 .*connection refused/);
  });

  /** The fingerprint of a host's key, by OpenSSH's own account. */
  function shownBy(name: string): string {
    const file = join(fleet.rig.root, "keys", `${name}.pub`);
    return execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).split(" ")[1] ?? "";
  }
});
