import { execFileSync } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureOf, folder, resolveIt, write } from "./workshop.ts";

const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

function git(repo: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: repo, env, encoding: "utf8" }).trim();
}

const files = { "bin/run": "#!/bin/sh\n", "README.md": "hello\r\n", "services/api/app": "app\n" };

/** v408 on main, with a tag and a branch of later commits. */
function repository(): string {
  const repo = folder();
  git(repo, "init", "--quiet", "--initial-branch=main");
  write(repo, files);
  chmodSync(join(repo, "bin/run"), 0o755);
  symlinkSync("bin/run", join(repo, "start"));
  git(repo, "add", "-A");
  git(repo, "commit", "--quiet", "-m", "one");
  git(repo, "tag", "-a", "-m", "v408", "v408");
  for (const tag of ["1.2.0", "1.10.0", "api-7"]) git(repo, "tag", tag);
  write(repo, { "README.md": "later" });
  git(repo, "commit", "--quiet", "-am", "two");
  return repo;
}

test("a tag's tree has the digest of a folder with the same files", async () => {
  const repo = repository();
  const root = folder();
  write(root, Object.fromEntries(Object.entries(files).map(([path, text]) => [`v408/${path}`, text])));
  chmodSync(join(root, "v408/bin/run"), 0o755);
  symlinkSync("bin/run", join(root, "v408/start"));
  const there = await resolveIt({ source: { type: "dir", path: "{version}" }, root });
  const here = await resolveIt({ source: { type: "git", repo: "." }, root: repo, env });
  expect(here.version).toBe("v408");
  expect(here.digest).toBe(there.digest);
});

test("a URL gives what the path gives, and so does a machine with other settings", async () => {
  const repo = repository();
  const source = { type: "git", repo: `file://${repo}` };
  const here = await resolveIt({ source: { type: "git", repo }, root: folder(), env });
  expect((await resolveIt({ source, root: folder(), env })).digest).toBe(here.digest);
  write(repo, { config: "[core]\n\tautocrlf = true\n[tar]\n\tumask = 0077\n", hook: "" });
  const odd = { ...env, GIT_CONFIG_GLOBAL: join(repo, "config"), GIT_DIR: "/nowhere" };
  expect((await resolveIt({ source: { type: "git", repo }, root: folder(), env: odd })).digest).toBe(here.digest);
});

test("a branch and a commit have versions' names too, by path and by URL", async () => {
  const repo = repository();
  const commit = git(repo, "rev-parse", "HEAD");
  const ask = async (repo: string, version: string) =>
    (await resolveIt({ source: { type: "git", repo }, root: folder(), version, env })).digest;
  const main = await ask(repo, "main");
  for (const version of [commit, commit.slice(0, 9)]) expect(await ask(repo, version)).toBe(main);
  expect(await ask(`file://${repo}`, "main")).toBe(main);
  expect(await ask(`file://${repo}`, commit)).toBe(main);
  expect(main).not.toBe(await ask(repo, "v408"));
});

test("where a tag and a branch have one name, the tag is the version", async () => {
  const repo = repository();
  git(repo, "branch", "v408", "main");
  for (const url of [repo, `file://${repo}`]) {
    const source = { type: "git", repo: url };
    const digest = async (version: string) => (await resolveIt({ source, root: folder(), version, env })).digest;
    expect(await digest("v408")).toBe(await digest("1.2.0"));
  }
});

test("latest and ranges choose among the tags that fit the ref", async () => {
  const repo = repository();
  const version = async (wanted: string, more = {}) =>
    (await resolveIt({ source: { type: "git", repo, ...more }, root: folder(), version: wanted, env })).version;
  expect(await version("latest")).toBe("1.10.0");
  expect(await version("1.2.x")).toBe("1.2.0");
  expect(await version("latest", { ref: "api-{version}" })).toBe("7");
});

test("a folder of the tree can be the root, and the tree can go into a folder", async () => {
  const repo = repository();
  const root = folder();
  write(root, { "a/v408/app": "app\n", "b/v408/x/y/app": "app\n" });
  const git = async (more: object) => (await resolveIt({ source: { type: "git", repo, ...more }, root, env })).digest;
  const dir = async (name: string) =>
    (await resolveIt({ source: { type: "dir", path: `${name}/{version}` }, root })).digest;
  expect(await git({ folder: "services/api/" })).toBe(await dir("a"));
  expect(await git({ folder: "services/api", prefix: "x/y" })).toBe(await dir("b"));
});

test("what is not there is said", async () => {
  const repo = repository();
  const root = folder();
  const ask = (source: object, version = "v408") =>
    failureOf(resolveIt({ source: { type: "git", ...source }, root, version, env }));
  for (const url of [repo, `file://${repo}`])
    expect(await ask({ repo: url }, "v480")).toMatchObject({
      code: "usage",
      hint: "Did you mean v408?",
      details: ["there are 1.10.0, 1.2.0, v408, api-7"],
    });
  expect((await ask({ repo, folder: "no/such" })).code).toBe("refused");
  expect(await ask({ repo: "no-such" })).toMatchObject({ code: "unreachable" });
  expect(await ask({ repo: "." })).toMatchObject({ code: "unreachable" });
  expect(await ask({ repo: `file://${root}/no-such` })).toMatchObject({ code: "unreachable" });
  expect(await ask({ repo: "ext::sh -c 'touch pwned'" })).toMatchObject({ code: "unreachable" });
});

test("a token in a URL is not shown", async () => {
  const source = { type: "git", repo: "http://me:s3cret@127.0.0.1:1/x.git" };
  const failure = await failureOf(resolveIt({ source, root: folder(), env }));
  expect(failure.code).toBe("unreachable");
  expect(JSON.stringify([failure.message, failure.details])).not.toContain("s3cret");
});
