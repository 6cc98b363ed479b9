import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import { ShipError } from "../core/error.ts";
import { printable } from "../core/escape.ts";
import { quoted } from "./entry.ts";
import { type Ran, run } from "./program.ts";
import type { Place, Source } from "./source.ts";
import { fill, versionIn } from "./template.ts";

const notAnOption = /^(?!-)/;

export const GitSpec = z
  .strictObject({
    type: z.literal("git"),
    repo: z
      .string()
      .min(1)
      .regex(notAnOption, "expected a path or URL; it cannot start with a dash")
      .meta({
        description: "The repository: a path, relative to the config's folder, or a URL.",
        examples: [".", "https://git.example.com/team/api.git", "git@git.example.com:team/api.git"],
      }),
    ref: z
      .string()
      .includes("{version}")
      .regex(notAnOption, "expected the name of a ref; it cannot start with a dash")
      .default("{version}")
      .meta({
        description: "The tag, branch or commit of a version. `latest` and ranges choose among the tags that fit it.",
        examples: ["{version}", "api-{version}"],
      }),
    folder: z
      .string()
      .regex(notAnOption, "expected a folder; it cannot start with a dash")
      .optional()
      .meta({
        description: "Only this folder of the tree is shipped, as the release's root.",
        examples: ["services/api"],
      }),
    prefix: z
      .string()
      .optional()
      .meta({
        description: "The folder of the release into which the tree goes; left out: its root.",
        examples: ["app"],
      }),
  })
  .meta({
    description: "The files of a ref of a git repository, packed so that the same tree gives the same digest anywhere.",
    examples: [{ type: "git", repo: ".", ref: "{version}" }],
  });

export type GitSpec = z.infer<typeof GitSpec>;

export const git: Source<GitSpec> = {
  async list(spec, place) {
    const pattern = fill(spec.ref, { component: place.component });
    const tags = (await remoteRefs(spec, place, ["--tags"])).flatMap(
      ({ ref }) => versionIn(`refs/tags/${pattern}`, ref) ?? [],
    );
    return { versions: tags, tags: {} };
  },

  async fetch(spec, version, place) {
    const ref = fill(spec.ref, { component: place.component, version });
    const local = await localRepo(spec, place);
    const found = local === undefined ? await fetched(spec, ref, place) : await resolved(local, ref, place);
    if (found === undefined) return { type: "unknown" };
    const path = join(place.scratch, "tree.tar");
    await archive(found, { spec, path, place });
    return { type: "tar", path, strip: 0, prefix: spec.prefix ?? "" };
  },
};

/** A repository on this disk, and a commit in it. */
type Commit = { readonly repo: string; readonly commit: string };

/** Large repositories over slow lines. */
const within = 600_000;

function isUrl(repo: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(repo) || /^[^/]+@[^/]+:/.test(repo);
}

async function localRepo(spec: GitSpec, place: Place): Promise<string | undefined> {
  if (isUrl(spec.repo)) return undefined;
  const repo = resolve(place.root, spec.repo);
  if (await stat(repo).catch(() => undefined)) return repo;
  throw new ShipError("unreachable", `there is no repository at ${quoted(repo)}`);
}

/** Tags first: where a tag and a branch have one name, the tag is the version. */
async function resolved(repo: string, ref: string, place: Place): Promise<Commit | undefined> {
  for (const name of [`refs/tags/${ref}`, ref]) {
    const ran = await inGit(place, [
      "-C",
      repo,
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${name}^{commit}`,
    ]);
    if (ran.code === 0) return { repo, commit: ran.stdout.trim() };
    if (ran.code !== 1) throw unreachable(repo, ran);
  }
  return undefined;
}

/** Only that commit's files come over the line. */
async function fetched(spec: GitSpec, ref: string, place: Place): Promise<Commit | undefined> {
  const names = [`refs/tags/${ref}`, `refs/heads/${ref}`];
  const listed = await remoteRefs(spec, place, names);
  const name =
    names.find((wanted) => listed.some((one) => one.ref === wanted)) ?? (/^[0-9a-f]{40}$/.test(ref) ? ref : undefined);
  if (name === undefined) return undefined;
  const repo = join(place.scratch, "repo.git");
  await must(repo, inGit(place, ["init", "--quiet", "--bare", repo]));
  await must(
    spec.repo,
    inGit(place, ["-C", repo, "fetch", "--quiet", "--depth=1", "--no-tags", "--", spec.repo, name]),
  );
  const head = await must(repo, inGit(place, ["-C", repo, "rev-parse", "--verify", "FETCH_HEAD^{commit}"]));
  return { repo, commit: head.stdout.trim() };
}

async function remoteRefs(
  spec: GitSpec,
  place: Place,
  what: readonly string[],
): Promise<readonly { readonly ref: string }[]> {
  const repo = (await localRepo(spec, place)) ?? spec.repo;
  const flags = what.filter((word) => word.startsWith("-"));
  const names = what.filter((word) => !word.startsWith("-"));
  const ran = await must(spec.repo, inGit(place, ["ls-remote", "--quiet", "--refs", ...flags, "--", repo, ...names]));
  return ran.stdout.split("\n").flatMap((line) => {
    const ref = line.split("\t")[1];
    return ref === undefined ? [] : [{ ref }];
  });
}

async function archive(
  from: Commit,
  to: { readonly spec: GitSpec; readonly path: string; readonly place: Place },
): Promise<void> {
  const { spec, path, place } = to;
  const folder = fill(spec.folder ?? "", { component: place.component }).replace(/^\.?\/+|\/+$/g, "");
  const tree = folder === "" ? from.commit : `${from.commit}:${folder}`;
  const ran = await inGit(place, ["-C", from.repo, "archive", "--format=tar", `--output=${path}`, tree]);
  if (ran.code === 0) return;
  throw new ShipError("refused", `git cannot archive ${quoted(tree)} of ${shown(spec.repo)}`, { details: tail(ran) });
}

/** What a user's or a machine's settings would change about the files, and any question on the terminal, is turned off. */
const settings = [
  "-c",
  "core.autocrlf=false",
  "-c",
  "core.eol=lf",
  "-c",
  "tar.umask=0022",
  "-c",
  "core.attributesFile=/dev/null",
];

async function inGit(place: Place, args: readonly string[]): Promise<Ran> {
  const env = {
    ...place.env,
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSH_COMMAND: place.env["GIT_SSH_COMMAND"] ?? "ssh -oBatchMode=yes",
    LC_ALL: "C",
    // In a hook, git's own variables would point every call at the hook's repository.
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
    GIT_INDEX_FILE: undefined,
  };
  return run("git", [...settings, ...args], { cwd: place.root, env, within });
}

async function must(repo: string, running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  if (ran.code !== 0) throw unreachable(repo, ran);
  return ran;
}

function unreachable(repo: string, ran: Ran): ShipError {
  return new ShipError("unreachable", `git could not read ${shown(repo)}: it ${ran.ended}`, { details: tail(ran) });
}

function tail(ran: Ran): readonly string[] {
  return ran.stderr
    .trim()
    .split("\n")
    .slice(-5)
    .map((line) => printable(withoutSecrets(line), { ci: true }));
}

function shown(repo: string): string {
  return quoted(withoutSecrets(repo));
}

/** A URL may carry a user and a token. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, "//");
}
