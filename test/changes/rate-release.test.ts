import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { rateFiles } from "../../src/changes/rate-release.ts";
import { hasShell, type Shell, shells } from "../host/local-transport.ts";

/** A host's folder with a release of each of these rates. */
function hostWith(...rates: readonly number[]): string {
  const root = mkdtempSync(join(tmpdir(), "ship-rate-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const rate of rates) {
    const folder = releaseOf(root, rate);
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of rateFiles("publish", rate)) writeFileSync(join(folder, name), text);
  }
  return root;
}

function releaseOf(root: string, rate: number): string {
  return join(root, "srv/api/.ship/rates/publish/releases", `${rate}-00000000`);
}

type Where = { readonly shell: Shell; readonly root: string; readonly folder?: string };

function run({ shell, root, folder = "{path}/shared/rates" }: Where, rate: number, program: string) {
  const [command = "", ...words] = shell === "busybox" ? ["busybox", "sh"] : [shell];
  const env = { ...process.env, HOME: root, SHIP_RATES_FOLDER: folder };
  const ran = spawnSync(command, [...words, `./${program}`], { cwd: releaseOf(root, rate), env, encoding: "utf8" });
  return { code: ran.status, said: ran.stdout.trim(), wrong: ran.stderr };
}

const file = (root: string) => join(root, "srv/api/shared/rates/publish");
const number = (root: string) => readFileSync(file(root), "utf8").trim();

describe.each(shells.filter(hasShell))("a rate in %s", (shell) => {
  test("is written whole, where the config says, and again without a change", () => {
    const root = hostWith(10);
    for (let time = 0; time < 2; time += 1)
      expect(run({ shell, root }, 10, "apply")).toEqual({ code: 0, said: "", wrong: "" });
    expect(number(root)).toBe("10");
    expect(readdirSync(join(root, "srv/api/shared/rates"))).toEqual(["publish"]);
    expect(run({ shell, root }, 10, "state").said).toBe("set 10");
    expect(run({ shell, root, folder: "etc/rates" }, 10, "apply").code).toBe(0);
    expect(readFileSync(join(root, "etc/rates/publish"), "utf8")).toBe("10\n");
  });

  test("follows its releases forward and back, and is taken away where there was none", () => {
    const root = hostWith(10, 0, 0.5);
    for (const rate of [10, 0, 0.5, 10]) {
      expect(run({ shell, root }, rate, "apply").code).toBe(0);
      expect(number(root)).toBe(String(rate));
    }
    expect(run({ shell, root }, 10, "remove").code).toBe(0);
    expect(run({ shell, root }, 10, "state").said).toBe("missing");
  });

  test("that was written by hand is left alone, and told with its time and owner", () => {
    const root = hostWith(10, 20);
    run({ shell, root }, 10, "apply");
    writeFileSync(file(root), "3\n");
    for (const program of ["apply", "state", "remove"])
      expect(run({ shell, root }, 20, program)).toMatchObject({
        code: 0,
        said: expect.stringMatching(/^override \d{9,} \S+ 3$/),
      });
    expect(number(root)).toBe("3");
    rmSync(file(root));
    expect(run({ shell, root }, 20, "apply").code).toBe(0);
    expect(number(root)).toBe("20");
  });

  test("that was there before ship wrote any is somebody's", () => {
    const root = hostWith(10);
    mkdirSync(join(root, "etc"));
    writeFileSync(join(root, "etc/publish"), "7\n");
    expect(run({ shell, root, folder: join(root, "etc") }, 10, "apply").said).toMatch(/^override /);
    expect(readFileSync(join(root, "etc/publish"), "utf8")).toBe("7\n");
  });

  test("that cannot be written fails, and leaves nothing lying about", () => {
    const root = hostWith(10);
    mkdirSync(join(root, "srv/api/shared"), { recursive: true });
    writeFileSync(join(root, "srv/api/shared/rates"), "a file");
    expect(run({ shell, root }, 10, "apply").code).not.toBe(0);
    expect(readdirSync(join(root, "srv/api/shared"))).toEqual(["rates"]);
  });

  test("is the old or the new one after a kill, and ship's own still", async () => {
    const root = hostWith(10, 20);
    run({ shell, root }, 10, "apply");
    for (let time = 0; time < 25; time += 1) {
      const rate = time % 2 === 0 ? 20 : 10;
      await killed({ shell, root }, rate, time);
      expect(["10", "20"]).toContain(number(root));
      expect(run({ shell, root }, rate, "state").said).toBe(`set ${number(root)}`);
      expect(run({ shell, root }, rate, "apply").said).toBe("");
      expect(number(root)).toBe(String(rate));
    }
  });
});

/** Kills the program, with all that it started, some ms after its start. */
function killed({ shell, root }: Where, rate: number, ms: number): Promise<void> {
  const [command = "", ...words] = shell === "busybox" ? ["busybox", "sh"] : [shell];
  const env = { ...process.env, HOME: root, SHIP_RATES_FOLDER: "{path}/shared/rates" };
  const child = spawn(command, [...words, "./apply"], {
    cwd: releaseOf(root, rate),
    env,
    detached: true,
    stdio: "ignore",
  });
  setTimeout(() => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, "SIGKILL"), ms);
  return new Promise((resolve) => child.once("exit", () => resolve()));
}
