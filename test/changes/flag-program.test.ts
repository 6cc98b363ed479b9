import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readProgram } from "../../src/changes/flag-program.ts";
import { hasShell, shells } from "../host/local-transport.ts";
import { type FlagHost, keepFlagHosts } from "./flag-host.ts";

const { hostOf, closeAll } = keepFlagHosts();
afterEach(closeAll);

const done = { code: 0, out: "", err: "" };
const fileOf = (host: FlagHost) => join(host.path, "shared/flags.json");

describe.each(shells.filter(hasShell))("flags on a host with %s", (shell) => {
  test("one beside the other, each changed and taken out alone", () => {
    const host = hostOf(shell);
    const [lxc, lxcNew, other] = [host.place("lxc", {}), host.place("lxc", { variant: "new" }), host.place("b.2", {})];
    expect(host.run(lxc, "apply")).toEqual(done);
    expect(host.flags()).toEqual({ lxc: "on" });
    expect(host.run(other, "apply")).toEqual(done);
    expect(host.run(lxcNew, "apply")).toEqual(done);
    expect(host.flags()).toEqual({ "b.2": "on", lxc: "new" });
    expect(host.run(lxcNew, "remove")).toEqual(done);
    expect(host.flags()).toEqual({ "b.2": "on" });
    expect(host.run(other, "remove")).toEqual(done);
    expect(host.run(other, "remove")).toEqual(done);
    expect(host.flags()).toEqual({});
    expect(execFileSync("ls", ["-A", join(host.path, "shared")], { encoding: "utf8" })).toBe(
      "flags.json\nflags.json.d\nflags.json.lock\n",
    );
  });

  test("done twice is as once, and writes nothing", () => {
    const host = hostOf(shell);
    const lxc = host.place("lxc", {});
    host.run(lxc, "apply");
    const before = statSync(fileOf(host));
    expect(host.run(lxc, "apply")).toEqual(done);
    const { ino, mtimeMs } = statSync(fileOf(host));
    expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(before.mode & 0o777).toBe(0o644);
  });

  test("taking out what was never put in leaves nothing behind", () => {
    const host = hostOf(shell);
    expect(host.run(host.place("lxc", {}), "remove")).toEqual(done);
    expect(existsSync(join(host.path, "shared"))).toBe(false);
  });

  test("a file that ship did not write is never overwritten", () => {
    const host = hostOf(shell);
    const lxc = host.place("lxc", {});
    mkdirSync(join(host.path, "shared"));
    writeFileSync(fileOf(host), "mine");
    const refused = host.run(lxc, "apply");
    expect(refused).toMatchObject({ code: 3, out: "" });
    expect(refused.err).toContain(`mv ${fileOf(host)} ${fileOf(host)}.old`);
    expect(host.run(lxc, "remove")).toEqual(done);
    expect(readFileSync(fileOf(host), "utf8")).toBe("mine");
    renameSync(fileOf(host), `${fileOf(host)}.old`);
    expect(host.run(lxc, "apply")).toEqual(done);
    expect(host.flags()).toEqual({ lxc: "on" });
  });

  test("an edit by hand is left alone and named, until it is taken back or the file removed", () => {
    const host = hostOf(shell);
    const [lxc, other] = [host.place("lxc", {}), host.place("other", {})];
    host.run(lxc, "apply");
    const built = readFileSync(fileOf(host), "utf8");
    const edited = built.replace('"defaultVariant":"on"', '"defaultVariant":"off"');
    writeFileSync(fileOf(host), edited);
    const owner = execFileSync("stat", ["-c", "%U", fileOf(host)], { encoding: "utf8" }).trim();
    const override = () => {
      return { ...done, out: `override ${Math.floor(statSync(fileOf(host)).mtimeMs / 1000)} ${owner}\n` };
    };
    expect(host.run(other, "apply")).toEqual(override());
    expect(host.run(lxc, "apply")).toEqual(override());
    expect(readFileSync(fileOf(host), "utf8")).toBe(edited);
    writeFileSync(fileOf(host), built);
    expect(host.run(lxc, "apply")).toEqual(done);
    expect(host.flags()).toEqual({ lxc: "on", other: "on" });
    writeFileSync(fileOf(host), edited);
    expect(host.run(lxc, "remove")).toEqual(override());
    rmSync(fileOf(host));
    expect(host.run(other, "apply")).toEqual(done);
    expect(host.flags()).toEqual({ other: "on" });
  });

  test("what an application reads is the flag as ship wrote it, the whole file as somebody left it, or nothing", () => {
    const host = hostOf(shell);
    const lxc = host.place("lxc", { percent: 10 });
    writeFileSync(join(lxc, "read"), readProgram);
    host.run(lxc, "apply");
    const read = () => host.run(lxc, "read");
    expect(read()).toEqual({ ...done, out: `set\n${readFileSync(join(lxc, "definition.json"), "utf8")}` });
    writeFileSync(fileOf(host), "by hand\n");
    expect(read()).toMatchObject({ code: 0, out: expect.stringMatching(/^override \d+ \S+\nby hand\n$/) });
    rmSync(fileOf(host));
    expect(read()).toEqual({ ...done, out: "missing\n" });
  });

  test("rules that fragments share stand beside the flags", () => {
    const host = hostOf(shell);
    const lxc = host.place("lxc", {});
    host.run(lxc, "apply");
    writeFileSync(join(`${fileOf(host)}.d`, "$evaluators.json"), '{"pro":{"===":[{"var":"plan"},"pro"]}}\n');
    expect(host.run(lxc, "apply")).toEqual(done);
    const { $evaluators, flags } = JSON.parse(readFileSync(fileOf(host), "utf8"));
    expect($evaluators).toEqual({ pro: { "===": [{ var: "plan" }, "pro"] } });
    expect(Object.keys(flags)).toEqual(["lxc"]);
  });

  test("the file may be anywhere: from the root, from home, below a path that is a link", () => {
    const host = hostOf(shell);
    const lxc = host.place("lxc", {});
    expect(host.run(lxc, "apply", { SHIP_FLAGS_FILE: join(host.root, "a b/{x}/flags.json") })).toEqual(done);
    expect(host.run(lxc, "apply", { SHIP_FLAGS_FILE: "etc/flags.json" })).toEqual(done);
    symlinkSync(host.path, join(host.root, "link"));
    expect(host.run(lxc.replace(host.path, join(host.root, "link")), "apply")).toEqual(done);
    for (const file of [join(host.root, "a b/{x}/flags.json"), join(host.root, "etc/flags.json"), fileOf(host)])
      expect(host.flags(file)).toEqual({ lxc: "on" });
  });

  test.each([
    ["no file", { SHIP_FLAGS_FILE: "" }, "names no file"],
    ["a folder", { SHIP_FLAGS_FILE: "/etc/" }, "names no file"],
    ["no home", { SHIP_FLAGS_FILE: "flags.json", HOME: "" }, "no HOME"],
    [
      "a folder that is none",
      { SHIP_FLAGS_FILE: "{path}/.ship/flags/lxc/releases/on-3f2a9c1b/name/flags.json" },
      "cannot be written",
    ],
  ])("fails without a trace for %s", (_about, env, message) => {
    const host = hostOf(shell);
    const ended = host.run(host.place("lxc", {}), "apply", env);
    expect(ended).toMatchObject({ code: 1, out: "" });
    expect(ended.err).toContain(message);
  });

  test("a release that is not whole, or not where it belongs, changes nothing", () => {
    const host = hostOf(shell);
    const lxc = host.place("lxc", {});
    host.run(lxc, "apply");
    const elsewhere = join(host.root, "elsewhere");
    renameSync(lxc, elsewhere);
    expect(host.run(elsewhere, "apply")).toMatchObject({ code: 1, err: expect.stringContaining("{path}") });
    const bad = host.place("lxc", {});
    writeFileSync(join(bad, "definition.json"), "");
    expect(host.run(bad, "apply")).toMatchObject({ code: 1, err: expect.stringContaining("no definition of lxc") });
    for (const name of ["", "../x\n", ".sum\n", "a b\n"]) {
      writeFileSync(join(bad, "name"), name);
      expect(host.run(bad, "apply")).toMatchObject({ code: 1, err: expect.stringContaining("does not name its flag") });
    }
    expect(host.flags()).toEqual({ lxc: "on" });
  });
});
