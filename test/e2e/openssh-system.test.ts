import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type OpenSshFleet, openFleet } from "./openssh-fleet.ts";
import { hasOpenSsh } from "./openssh-server.ts";

const well = ["h01 v1", "h02 v1", "h03 v1"];

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

describe.runIf(hasOpenSsh())("a rollout by the system's ssh", { timeout: 400_000 }, () => {
  let fleet: OpenSshFleet;
  /** Where control sockets lie: a folder that nobody else uses, so that what is left there shows. */
  let runtime: string;
  beforeAll(async () => {
    fleet = await openFleet({
      hosts: 3,
      cohorts: { beta: { hosts: 1, bake: "4s" }, all: { hosts: 3, bake: "4s" } },
      ssh: "transport: openssh, ",
    });
    runtime = join(fleet.rig.root, "run");
    mkdirSync(runtime);
  });
  afterAll(() => fleet.close());

  const ship = (...args: string[]) => fleet.place.ship(args, { env: { XDG_RUNTIME_DIR: runtime } });

  /** Every ssh that holds a connection for ship. */
  const masters = () =>
    readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`${runtime}/ship-ssh-`));

  test("goes through, says by what and why, and leaves no socket behind", async () => {
    const ended = await ship("--version", "v1");
    expect(ended).toMatchObject({ exit: 0, stderr: "" });
    expect(ended.stdout).toContain("ssh openssh for 3 hosts: ssh.transport says so");
    expect(fleet.serving()).toEqual(well);
    expect(readdirSync(runtime)).toEqual([]);
  });

  test("doctor says of each host by what it is reached, and why", async () => {
    const { events } = await ship("doctor", "--json");
    const routes = events.flatMap((event) => (event.type === "host.inspected" ? [event.route] : []));
    const route = { transport: "openssh", reason: "ssh.transport says so" };
    expect(routes).toMatchObject([route, route, route]);
  });

  test("puts back what turns out bad", async () => {
    fleet.version("bad", { slow: 90 });
    const ended = await ship("--version", "bad", "--json");
    expect(ended.exit).toBe(3);
    expect(ended.events).toContainEqual(
      expect.objectContaining({ type: "transport.chosen", transport: "openssh", hosts: ["h01", "h02", "h03"] }),
    );
    expect(fleet.serving()).toEqual(well);
  });

  test("killed, it leaves nothing to the next run: no socket, and no ssh", async () => {
    const running = fleet.place.start(["--version", "v2"], { env: { XDG_RUNTIME_DIR: runtime } });
    await vi.waitUntil(() => masters().length === 3, { timeout: 50_000 });
    running.kill("SIGKILL");
    await running.ended;
    expect(readdirSync(runtime)).toHaveLength(1);
    expect(await ship("status")).toMatchObject({ exit: 0 });
    expect(readdirSync(runtime)).toEqual([]);
    await expect.poll(masters).toEqual([]);
    expect(await ship("rollback", "--reason", "the test goes on")).toMatchObject({ exit: 0 });
  });

  test("S1: a changed host key stops it before anything is touched (cell 18)", async () => {
    const lines = readFileSync(fleet.rig.knownHosts, "utf8").trim().split("\n");
    const keys = lines.map((line) => line.split(" ").slice(1).join(" "));
    const swapped = lines.map((line, index) => `${line.split(" ")[0]} ${keys[(index + 1) % keys.length]}\n`);
    writeFileSync(fleet.rig.knownHosts, swapped.join(""));
    const before = await fleet.everything();
    const ended = await ship("--version", "v2");
    writeFileSync(fleet.rig.knownHosts, `${lines.join("\n")}\n`);
    expect(ended.exit).toBe(6);
    expect(ended.stdout + ended.stderr).toMatch(/has changed: known is .*SHA256:.*shown is .*SHA256:/s);
    expect(await fleet.everything()).toEqual(before);
  });
});
