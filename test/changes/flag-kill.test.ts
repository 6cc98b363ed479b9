import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hasShell, shells } from "../host/local-transport.ts";
import { keepFlagHosts } from "./flag-host.ts";

const { hostOf, closeAll } = keepFlagHosts();
afterEach(closeAll);

/** Ends the program by itself before its nth step; 0 never. Nothing is lost from a machine that goes on, so sync is a step alone. */
const step = 'n=0; step() { n=$((n + 1)); [ "$n" -ne "$KILL_AT" ] || kill -9 $$; }';
const programs = ["mkdir", "flock", "cat", "mv", "rm", "sha256sum", "printf"];
const wrapped = [...programs.map((name) => `${name}() { step; command ${name} "$@"; }`), "sync() { step; }"].join("\n");
const wrapping = `${step}\n${wrapped}`;
/** bash can count every command, also those that are its own; there are many of them. */
const counting = `sync() { :; }; ${step}; set -T; trap step DEBUG`;

/** The program of a release, to be killed: all that comes before it takes the lock only reads. */
function killable(folder: string, program: string, prefix: string): string {
  const text = readFileSync(join(folder, program), "utf8");
  const killed = text.replace("\nhold\n", () => `\n${prefix}\nhold\n`);
  expect(killed).not.toBe(text);
  writeFileSync(join(folder, `${program}-killed`), killed);
  return `${program}-killed`;
}

const next = "a flag's next state";

describe.each(shells.filter(hasShell))("killed at any step in %s", (shell) => {
  test.each([
    ["the first flag of a file", "apply", undefined, { lxc: "new" }],
    [next, "apply", { lxc: "on", other: "on" }, { lxc: "new", other: "on" }],
    ["a flag that goes", "remove", { lxc: "on", other: "on" }, { other: "on" }],
  ])(
    "%s: the file is the old or the new one, and the same again ends it",
    (about, program, before, after) => {
      const host = hostOf(shell);
      const [shared, kept] = [join(host.path, "shared"), join(host.root, "kept")];
      if (before !== undefined) for (const name of Object.keys(before)) host.run(host.place(name, {}), "apply");
      if (before !== undefined) cpSync(shared, kept, { recursive: true, preserveTimestamps: true });
      const lxc = host.place("lxc", { variant: "new" });
      const killed = killable(lxc, program, shell === "bash" && about === next ? counting : wrapping);
      let at = 0;
      for (let code: number | null = null; code !== 0; ) {
        at += 1;
        rmSync(shared, { recursive: true, force: true, maxRetries: 5 });
        if (before !== undefined) cpSync(kept, shared, { recursive: true });
        code = host.run(lxc, killed, { KILL_AT: String(at) }).code;
        expect(code === null || code === 0, `step ${at} ends with ${code}`).toBe(true);
        const seen = existsSync(join(shared, "flags.json")) ? host.flags() : undefined;
        expect([before, after], `step ${at}`).toContainEqual(seen);
        expect(host.run(lxc, killed, { KILL_AT: "0" }), `step ${at}`).toEqual({ code: 0, out: "", err: "" });
        expect(host.flags(), `step ${at}`).toEqual(after);
      }
      expect(at).toBeGreaterThan(15);
    },
    400_000,
  );

  const often = shell === "dash" ? 50 : 10;
  test(`two flags that change at once, ${often} times each, are both there, and nobody reads half a file`, async () => {
    const host = hostOf(shell);
    host.withoutSync();
    const loops = ["one", "two"].map((name) => {
      const [on, next] = [host.place(name, {}), host.place(name, { variant: "new" })];
      const turns = `for turn in $(seq ${often / 2}); do (cd '${on}' && sh apply) && (cd '${next}' && sh apply) || exit; done`;
      return host.start(host.path, turns);
    });
    const seen = new Set<string>();
    let ended = false;
    const both = Promise.all(loops).finally(() => {
      ended = true;
    });
    while (!ended) {
      if (existsSync(join(host.path, "shared/flags.json"))) seen.add(JSON.stringify(host.flags()));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await both).toEqual([0, 0]);
    expect(host.flags()).toEqual({ one: "new", two: "new" });
    const states = [undefined, "on", "new"].flatMap((one) => ["on", "new", undefined].map((two) => ({ one, two })));
    for (const state of seen) expect(states).toContainEqual({ one: undefined, two: undefined, ...JSON.parse(state) });
  }, 400_000);
});
