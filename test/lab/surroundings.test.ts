import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { all, answering, names, openFleet, recorded, smallFleet } from "../e2e/fleet.ts";
import { is, openPlace, said } from "../e2e/ship.ts";

const slow = 300_000;
const hosts = names(3);

/** May this process mount something where nobody else sees it? */
function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "-o", "size=16k", "ship", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Puts `date` an hour away from where it was, in whatever node runs with it, once the file is there. */
function jumpingClock(
  folder: string,
  hours: number,
): { readonly env: Record<string, string>; readonly jump: () => void } {
  const [mark, program] = [join(folder, "jumped"), join(folder, "clock.cjs")];
  rmSync(mark, { force: true });
  writeFileSync(
    program,
    `const { existsSync } = require("node:fs");
     const real = Date.now, Real = Date;
     const now = () => real() + (existsSync(${JSON.stringify(mark)}) ? ${hours} * 3600000 : 0);
     globalThis.Date = class extends Real { constructor(...words) { words.length ? super(...words) : super(now()); } static now() { return now(); } };`,
  );
  return { env: { NODE_OPTIONS: `--require=${program}` }, jump: () => writeFileSync(mark, "") };
}

describe("a rollout goes on to its end", { timeout: slow }, () => {
  const place = openFleet();
  let version = "v407";
  const next = () => {
    version = version === "v407" ? "v408" : "v407";
    return version;
  };
  const proven = () => expect.poll(() => recorded(place()), { timeout: 120_000, interval: 1_000 });

  test("when stdout is a full pipe that nobody reads (cell 74)", async () => {
    const wanted = next();
    const running = place().shell(
      `rm -f pipe; mkfifo pipe; exec 3<>pipe; dd if=/dev/zero bs=65536 count=1 >&3 2>/dev/null; $SHIP --version ${wanted} --json -v >&3 & echo $! >pid; wait $!; echo "ended $?"`,
    );
    await proven().toEqual(all(hosts, `${wanted} proven`));
    execFileSync("sh", ["-c", `kill -KILL $(cat ${join(place().folder, "pid")}) || :`]);
    expect((await running).stdout).toContain("ended");
  });

  test("when its terminal is held, or its connection is dead (cell 74)", async () => {
    const wanted = next();
    const line = `rm -f held; mkfifo held; exec 3<>held; dd if=/dev/zero bs=65536 count=1 >&3 2>/dev/null; script -qfec "$SHIP --version ${wanted}" /dev/null </dev/null >&3 & echo $! >pid; wait $!; echo "ended $?"`;
    const running = place().shell(line);
    await proven().toEqual(all(hosts, `${wanted} proven`));
    execFileSync("sh", ["-c", `kill -KILL $(cat ${join(place().folder, "pid")}) || :`]);
    await running;
  });

  test("when stdout and stderr are closed, or go away (cell 74)", async () => {
    const closed = next();
    expect((await place().shell(`ship --version ${closed} >&- 2>&-; echo "$?"`)).stdout).toBe("0\n");
    expect(await recorded(place())).toEqual(all(hosts, `${closed} proven`));
    const gone = next();
    const ended = await place().shell(`ship --version ${gone} -v 2>&1 | head -1; echo "\${PIPESTATUS[0]}"`);
    expect(ended.stdout).toMatch(/\n0\n$/);
    expect(await recorded(place())).toEqual(all(hosts, `${gone} proven`));
  });

  test.runIf(canMount())("when the disk here is full: one warning, and no journal (cell 74)", async () => {
    const wanted = next();
    mkdirSync(join(place().folder, ".ship/rollouts"), { recursive: true });
    const ended = await place().shell(
      `unshare -m sh -c 'mount -t tmpfs -o size=16k ship .ship/rollouts && exec $SHIP --version ${wanted}'`,
    );
    expect(ended.exit, said(ended)).toBe(0);
    expect(said(ended).match(/The journal cannot be written \(ENOSPC/g)).toHaveLength(1);
    expect(await recorded(place())).toEqual(all(hosts, `${wanted} proven`));
  });

  test.runIf(canMount())("when the folder here is read-only: one warning (cell 74)", async () => {
    const wanted = next();
    const ended = await place().shell(
      `unshare -m sh -c 'mount --bind . . && mount -o remount,bind,ro . && cd . && cd "$PWD" && exec $SHIP --version ${wanted}'`,
    );
    expect(ended.exit, said(ended)).toBe(0);
    expect(said(ended).match(/The journal cannot be written \(EROFS/g)).toHaveLength(1);
    expect(await recorded(place())).toEqual(all(hosts, `${wanted} proven`));
  });

  test("without HOME, and without a PATH (cell 74)", async () => {
    const wanted = next();
    const ended = await place().shell(`unset HOME PATH; ship --version ${wanted}`);
    expect(ended.exit, said(ended)).toBe(0);
    expect(await recorded(place())).toEqual(all(hosts, `${wanted} proven`));
  });

  test.each([-1, 1])(
    "when the clock here jumps by %i hour in a bake: no lease, bake or deadline suffers (cell 29)",
    async (hours) => {
      const wanted = next();
      const { env, jump } = jumpingClock(place().folder, hours);
      const running = place().start(["--version", wanted, "--json"], { env });
      const before = await running.until(is("bake.started"));
      jump();
      const ended = await running.ended;
      expect(ended.exit, said(ended)).toBe(0);
      const end = ended.events.find(is("rollout.ended"));
      expect(Math.abs(Date.parse(end?.time ?? "") - Date.parse(before.time))).toBeGreaterThan(3_500_000);
      expect(end).toMatchObject({ outcome: "done", took: expect.any(Number) });
      expect(end?.type === "rollout.ended" && end.took).toBeLessThan(600_000);
      expect(await recorded(place())).toEqual(all(hosts, `${wanted} proven`));
    },
  );

  test("when it is stopped for a while in a bake, and woken: what it missed is no evidence, and the same command goes on (cell 10)", async () => {
    const wanted = next();
    const running = place().start(["--version", wanted, "--json"]);
    await running.until(is("bake.started"));
    running.kill("SIGSTOP");
    await sleep(12_000);
    running.kill("SIGCONT");
    const ended = await running.ended;
    expect([0, 8], said(ended)).toContain(ended.exit);
    expect(ended.events.some((event) => event.type === "host.failed" || event.type === "rollback.started")).toBe(false);
    const again = await place().ship(["--version", wanted]);
    expect(again.exit, said(again)).toBe(0);
    expect(await recorded(place())).toEqual(all(hosts, `${wanted} proven`));
  });

  test("a full disk on one host fails that host, and nothing is left on it or on the others (cell 35)", async () => {
    const old = version;
    const wanted = old === "v407" ? "v408" : "v407";
    const running = place().start(["--version", wanted, "--json"]);
    await running.until(is("bake.started"));
    expect((await place().ship(["sandbox", "break", "h2", "disk"])).exit).toBe(0);
    const ended = await running.ended;
    expect((await place().ship(["sandbox", "break", "h2", "up"])).exit).toBe(0);
    expect([3, 4], said(ended)).toContain(ended.exit);
    expect(ended.events.find((event) => event.type === "host.failed")).toMatchObject({ host: "h2" });
    const back = await place().ship(["rollback"]);
    expect(back.exit, said(back)).toBe(0);
    expect(await answering(place())).toEqual(all(hosts, old));
  });
});

describe("what cannot be begun is refused with words, and is no bug", { timeout: slow }, () => {
  const places: ReturnType<typeof openPlace>[] = [];
  const open = () => {
    const place = openPlace(smallFleet());
    places.push(place);
    return place;
  };
  afterEach(async () => {
    for (const place of places.splice(0)) await place.close();
  });

  test.runIf(canMount())("no room here for the artifact (cell 74)", async () => {
    const place = open();
    await place.ship(["sandbox", "up"]);
    mkdirSync(join(place.folder, ".ship/cache"), { recursive: true });
    const ended = await place.shell(
      `unshare -m sh -c 'mount -t tmpfs -o nr_inodes=2 ship .ship/cache && exec $SHIP --version v408'`,
    );
    expect(ended.exit, said(ended)).toBe(6);
    expect(said(ended)).toContain("there is no room left on the disk");
    expect(await recorded(place)).toEqual(all(hosts, "v407 proven"));
  });

  test.runIf(canMount())("no sandbox where nothing may be written", async () => {
    const place = open();
    rmSync(join(place.folder, ".ship"), { recursive: true, force: true });
    const ended = await place.shell(
      `unshare -m sh -c 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec $SHIP --version v408'`,
    );
    expect(ended.exit, said(ended)).toBe(6);
    expect(said(ended)).toContain("on this machine: ");
    expect(existsSync(join(place.folder, ".ship"))).toBe(false);
  });
});
