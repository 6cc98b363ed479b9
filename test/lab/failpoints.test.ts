import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/core/fleet.ts";
import type { Observation } from "../../src/core/host.ts";
import { createHosts } from "../../src/host/perform.ts";
import { createLocalTransport, hasShell, type Shell, shells } from "../host/local-transport.ts";
import { type Packed, pack, until } from "../host/rig.ts";
import { random } from "../random.ts";
import { deploy, look, putBack, type Site } from "./deployer.ts";
import { unsafeRenames } from "./durability.ts";
import { createFailpoints, type Failure } from "./failpoints.ts";
import { createMachine, hasNamespaces } from "./machine.ts";

const host: Host = { name: "api-01", address: "", port: undefined, user: undefined, labels: {}, cohort: "all" };
/** Seconds; long, so that no lease runs out by itself where none is to. */
const long = 600;

/** A machine with v1 proven on it, and v2 to come; its power may be cut wherever something becomes durable. */
async function openLab(shell: Shell) {
  const transport = createLocalTransport(shell, existsSync("/dev/shm") ? "/dev/shm" : undefined);
  const home = transport.home(host);
  const root = join(home, "../..");
  const folder = join(home, "api");
  const machine = createMachine();
  const real = (program: string) => (shell === "busybox" ? join(root, "bin", program) : join("/bin", program));
  const points = createFailpoints(join(root, "points"), real);
  const site: Site = { hosts: createHosts(transport), host, place: { component: "api", path: "api" } };
  const [v1, v2] = ["v1", "v2"].map((version) => {
    mkdirSync(join(root, version));
    const activate = `echo ${version} >>$SHIP_PATH/trace`;
    return pack(join(root, version), version, { VERSION: version }, { activate, undrain: "true", drain: "true" });
  }) as [Packed, Packed];
  const start = async () => {
    await machine.start();
    transport.faults = { enter: machine.enter(), path: points.folder };
  };
  await start();
  points.arm(0, "before");
  const first = await deploy({ site, packed: v1, rollout: "r1", lease: long });
  if (first !== undefined) throw new Error(JSON.stringify(first));
  await machine.powerOff();
  cpSync(folder, join(root, "saved"), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return {
    ...{ site, v1, v2, points, machine, folder, start },
    /** The machine as it was with v1 alone, and running. */
    async renew() {
      await machine.powerOff();
      spawnSync("rm", ["-rf", folder]);
      spawnSync("cp", ["-a", join(root, "saved"), folder]);
      points.arm(0, "before");
      await start();
    },
    /** What a boot runs, where it was installed. */
    async boot() {
      points.arm(0, "before");
      await start();
      const [program = "", ...words] = [
        ...machine.enter(),
        join(root, "bin/sh"),
        join(folder, ".ship/host.sh"),
        "boot",
      ];
      const ran = spawnSync(program, words, { env: { PATH: `${join(root, "bin")}:/usr/bin:/bin` }, encoding: "utf8" });
      if (ran.status !== 0) throw new Error(`boot: ${ran.status} ${ran.stderr}`);
    },
    async close() {
      await machine.powerOff();
      await transport.close();
    },
  };
}

type Lab = Awaited<ReturnType<typeof openLab>>;

/** What stands in the record on the disk, read by nobody of ship. */
function phaseOnDisk({ folder }: Lab): string {
  return /^phase='(.*)'$/m.exec(readFileSync(join(folder, ".ship/record"), "utf8"))?.[1] ?? "";
}

/** The link is there, and points at a whole release that is the old one or the new one. */
function linkOf({ folder, v1, v2 }: Lab): string {
  const name = readlinkSync(join(folder, "current")).replace("releases/", "");
  expect([v1.release.name, v2.release.name]).toContain(name);
  expect(readFileSync(join(folder, "current/VERSION"), "utf8")).toBe(name === v1.release.name ? "v1" : "v2");
  expect(existsSync(join(folder, "releases", `${name}.json`))).toBe(true);
  return name;
}

/** The same command again: it ends as if nothing had been. */
async function endsAsUndisturbed(lab: Lab): Promise<void> {
  const { site, v1, v2, folder } = lab;
  expect(await deploy({ site, packed: v2, rollout: "r2", lease: long })).toBeUndefined();
  const now = await look(site);
  expect(essence(now)).toEqual({
    link: v2.release.name,
    phase: "proven",
    current: v2.release.name,
    good: v1.release.name,
  });
  expect(now.releases).toEqual([v1.release.name, v2.release.name]);
  expect([...now.proven].sort()).toEqual([v1.release.name, v2.release.name]);
  expect(readdirSync(join(folder, ".ship/incoming"))).toEqual([]);
  expect(readFileSync(join(folder, "trace"), "utf8").trimEnd().split("\n").at(-1)).toBe("v2");
}

function essence({ record, link }: Observation) {
  return { link, phase: record.phase, current: record.current, good: record.good };
}

/** Calls of one undisturbed deployment of v2, from its first order on. */
async function callsOfDeployment(lab: Lab): Promise<readonly string[]> {
  await lab.renew();
  lab.points.arm(0, "before");
  expect(await deploy({ site: lab.site, packed: lab.v2, rollout: "r2", lease: long })).toBeUndefined();
  return lab.points.calls();
}

/** v2 is switched to, and its deployer never comes again: calls from here on are the watchdog's own. */
async function switchAndVanish(lab: Lab, at: number, how: Failure): Promise<void> {
  for (const lease of [4, 12, 36]) {
    await lab.renew();
    const stopped = await deploy({ site: lab.site, packed: lab.v2, rollout: "r2", lease }, "switch");
    lab.points.arm(at, how);
    if (stopped === undefined) return; // on a busy machine the lease may be over before the switch
  }
  throw new Error("no lease was long enough");
}

async function callsOfRevert(lab: Lab): Promise<readonly string[]> {
  await switchAndVanish(lab, 0, "before");
  const code = join(lab.folder, ".ship/jobs", "2-revert.code");
  await until(
    () => existsSync(code) && readFileSync(code, "utf8") !== "",
    (ended) => ended,
  );
  return lab.points.calls();
}

/** The power goes where the failpoint is, in the phase that is returned, and the machine boots; undefined when it did not strike. */
async function cutPower(lab: Lab, going?: Promise<unknown>): Promise<string | undefined> {
  const ended = new AbortController();
  const done = going?.finally(() => ended.abort());
  await lab.points.untilStruck(done === undefined ? AbortSignal.timeout(20_000) : ended.signal);
  await lab.machine.powerOff();
  await done;
  if (!lab.points.struck()) return undefined;
  const phase = phaseOnDisk(lab);
  await lab.boot();
  return phase;
}

/** Two watchdogs and a log do not make quite as many calls each time: one of the last few may not have come. */
function mayBeMissed(at: number, calls: readonly string[]): void {
  expect(at).toBeGreaterThan(calls.length - 4);
}

/** A host that was confirmed stays on the new release, any other is on the old one, and both are at rest. */
async function standsAsItMust(lab: Lab, phase: string): Promise<void> {
  const { record, foreign } = await look(lab.site);
  expect(foreign).toBeUndefined();
  const kept = phase === "confirmed" || (phase === "proven" && record.target === lab.v2.release.name);
  expect(linkOf(lab)).toBe(kept ? lab.v2.release.name : lab.v1.release.name);
  expect(["armed", "switched", "reverting", "revert-failed"]).not.toContain(record.phase);
}

type Try = { readonly at: number; readonly how: Failure };

/** All of them, or some that the seed picks; the log says which. */
function chosen(name: string, tries: readonly Try[], some: number): readonly Try[] {
  const all = process.env["SHIP_ALL"] === "1";
  const next = random(seed);
  const picked = all ? tries : [...tries].sort(() => next() - 0.5).slice(0, some);
  const which = all ? "all" : `${picked.length} of ${tries.length}, SHIP_SEED=${seed} (SHIP_ALL=1: all)`;
  process.stdout.write(`failpoints, ${name}: ${which}\n`);
  return picked;
}

const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);

function cutsAt(calls: readonly string[]): readonly Try[] {
  return calls.flatMap((_, index) => [
    { at: index + 1, how: "before" },
    { at: index + 1, how: "after" },
  ]);
}

describe.runIf(hasNamespaces()).each(shells.filter(hasShell))("a machine with %s", (shell) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(shell);
  });
  afterAll(() => lab.close());

  test("syncs what it renames, before, and the folder that it came into, after (cells 46, 51)", async () => {
    const calls = [...(await callsOfDeployment(lab)), ...(await callsOfRevert(lab))];
    expect(unsafeRenames(calls)).toEqual([]);
    const syncs = calls.flatMap((call, at) =>
      /^sync .*(record\.new|\.ship|api|releases|v2-\w+)$/.test(call) ? [at] : [],
    );
    const last = syncs.at(-1) ?? 0;
    expect(unsafeRenames(calls.filter((_, at) => at !== last))).not.toEqual([]);
  });

  test("loses its power before or after any durable step of a deployment, and boots whole (cells 41, 46, 51, 59)", {
    timeout: 3_600_000,
  }, async () => {
    const calls = await callsOfDeployment(lab);
    expect(calls.length).toBeGreaterThan(40);
    for (const { at, how } of chosen(`${shell}, power cut in a deployment`, cutsAt(calls), 6)) {
      const message = `${how} call ${at}: ${calls[at - 1]}`;
      await lab.renew();
      lab.points.arm(at, how);
      const phase = await cutPower(lab, deploy({ site: lab.site, packed: lab.v2, rollout: "r2", lease: long }));
      if (phase === undefined) {
        mayBeMissed(at, calls);
        continue;
      }
      await explained(message, async () => {
        await standsAsItMust(lab, phase);
        await endsAsUndisturbed(lab);
      });
    }
  });

  test("loses its power before or after any durable step of its own revert, and boots whole (cells 46, 51)", {
    timeout: 3_600_000,
  }, async () => {
    const calls = await callsOfRevert(lab);
    expect(calls.length).toBeGreaterThan(10);
    for (const { at, how } of chosen(`${shell}, power cut in a revert`, cutsAt(calls), 2)) {
      const message = `${how} call ${at}: ${calls[at - 1]}`;
      await switchAndVanish(lab, at, how);
      const phase = await cutPower(lab);
      if (phase === undefined) {
        mayBeMissed(at, calls);
        continue;
      }
      await explained(message, async () => {
        await standsAsItMust(lab, phase);
        await endsAsUndisturbed(lab);
      });
    }
  });

  test("has no room at any durable step, and comes to rest all the same (cells 35, 65)", {
    timeout: 3_600_000,
  }, async () => {
    const calls = await callsOfDeployment(lab);
    const all = calls.map((_, index): Try => ({ at: index + 1, how: "full" }));
    const tries = all.filter(({ at }) => !/^rm|--help/.test(calls[at - 1] ?? ""));
    for (const { at, how } of chosen(`${shell}, full disk`, tries, 4)) {
      const message = `${how} at call ${at}: ${calls[at - 1]}`;
      await lab.renew();
      lab.points.arm(at, how);
      const stopped = await deploy({ site: lab.site, packed: lab.v2, rollout: "r2", lease: long });
      if (!lab.points.struck()) {
        mayBeMissed(at, calls);
        continue;
      }
      await explained(message, async () => {
        if (stopped !== undefined) expect(["failed", "refused"]).toContain(stopped.type);
        if (["armed", "switched"].includes(phaseOnDisk(lab)))
          expect(await putBack(lab.site)).toMatchObject({ type: "done" });
        expect(["proven", "confirmed", "reverted"]).toContain(phaseOnDisk(lab));
        linkOf(lab);
        await endsAsUndisturbed(lab);
      });
    }
  });
});

/** Says at which failpoint it was. */
async function explained(where: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
