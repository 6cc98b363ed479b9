import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/**
 * Rules that the design decides otherwise, in its own words. Where something stands in a rule's place, the tests that
 * name the rule show that.
 */
const overruled: Readonly<Record<string, string>> = {
  S19: "Components have `source` with a digest and no signature: ship reads the artifact once, its sha256 names the release (section 5.1)",
  S20: "A version is opaque, so none is lower than another; what a rollback goes to is the last release proven on the host (sections 1.6 and 2)",
  S21: "freezes, approvals, signatures, bad marks, drift and locks do not stop a recovery (section 5); there is no signed metadata that could expire",
  S23: "One login user owns `path`; the app may be another user who reads it (section 6)",
  S24: "ship never becomes root: a command escalates itself (section 4); no agent, and no helper that sudo would have to name (section 6)",
  S25: "One login user owns `path`, and the records lie in it under .ship/ (section 6)",
};

function files(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(root, folder, file));
}

describe("the rules of the threat model", () => {
  const named = new Set(
    files("test", ".ts").flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/\b(?:test|describe)[\w.(]*\(?\s*[`"'](S\d+(?:, S\d+)*):/g)].flatMap(
        ([, rules = ""]) => rules.split(", "),
      ),
    ),
  );
  const rules = Array.from({ length: 29 }, (_, index) => `S${index + 1}`);

  test.each(rules.filter((rule) => overruled[rule] === undefined))("%s is named by a test", (rule) => {
    expect(named).toContain(rule);
  });

  test("a rule that the design overrules says by which sentence", () => {
    for (const [rule, sentence] of Object.entries(overruled)) {
      expect(rules).toContain(rule);
      expect(sentence).toMatch(/\(sections? \d/);
    }
  });
});

/** Code without its comments, which may name what must not be done. */
const sources = files("src", ".ts").map((file) => ({
  file: file.slice(root.length + 1),
  code: readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, ""),
}));

function where(pattern: RegExp): readonly string[] {
  return sources.filter(({ code }) => pattern.test(code)).map(({ file }) => file);
}

describe("what the source never does", () => {
  test("S1: whatever makes an SSH client verifies the host key, and no option turns that off", () => {
    const clients = where(/new (ssh2\.)?Client\(/);
    expect(clients).toEqual(["src/sandbox/control.ts", "src/ssh/connection.ts", "src/ssh/trust/peek.ts"]);
    expect(where(/hostVerifier: /)).toEqual(clients);
    expect(where(/--insecure|hostHash/i)).toEqual([]);
    // The system's ssh is told so too, in one place, and nowhere otherwise.
    expect(where(/StrictHostKeyChecking=yes/)).toEqual(["src/ssh/openssh/words.ts"]);
    expect(where(/StrictHostKeyChecking(?!=yes|\|)/i)).toEqual([]);
  });

  test("S7: the agent is never forwarded", () => {
    expect(where(/ForwardAgent: "no"/)).toEqual(["src/ssh/openssh/words.ts"]);
    expect(where(/agentForward: false/)).toEqual(["src/ssh/connection.ts"]);
    expect(where(/agentForward(?!: false)|allowAgentFwd/)).toEqual([]);
  });

  test("S8: ssh2's debug callback, which prints users and keys, is not used", () => {
    expect(where(/\bdebug\b\s*[:(]/)).toEqual([]);
  });

  test("S13: no text is run as a program here", () => {
    expect(where(/\beval\(|new Function\b|\bFunction\(|setTimeout\(\s*["'`]|import\(\s*(?!")/)).toEqual([]);
    // Ship's own bundle, from its own folder, with what V8 made of it.
    expect(where(/node:vm/)).toEqual(["src/commands/code.ts"]);
  });

  test("S16: nothing is written to the files by which a job sets outputs, variables or paths", () => {
    expect(where(/GITHUB_(OUTPUT|ENV|PATH|STATE)\b/)).toEqual([]);
    expect(where(/GITHUB_STEP_SUMMARY/)).toEqual(["src/report/github.ts"]);
  });

  test("S10: words are quoted by ship's own function, which is tried on real shells", () => {
    expect(where(/shell-quote|shell:\s*true/)).toEqual([]);
    expect(where(/export function quote\(/)).toEqual(["src/host/frame.ts"]);
  });
});

test("S13: assertions are compiled where texts cannot become code, and without __proto__", () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-code-"));
  try {
    const program = join(folder, "compile.mjs");
    const contents = `
      import { compileAssertion } from "./src/config/assertion.ts";
      try { new Function("return 1")(); process.exit(9); } catch {}
      const texts = ["p99 < 50 && !(abs(p99 - baseline.p99) > 2 * 3)", "p99 <", "constructor.constructor('return 1')() < 5",
        "this.p99 < 1", "p99.__proto__ < 1", "process.exit(3) < 1"];
      console.log(JSON.stringify(texts.map((text) => compileAssertion(text, ["p99"]).type)));`;
    const stdin = { contents, resolveDir: root };
    buildSync({ stdin, bundle: true, platform: "node", format: "esm", outfile: program, logLevel: "error" });
    const flags = ["--disallow-code-generation-from-strings", "--disable-proto=throw"];
    const out = execFileSync(process.execPath, [...flags, program], { encoding: "utf8" });
    expect(JSON.parse(out)).toEqual(["ok", ...Array(5).fill("complaint")]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
