import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { complaintText } from "../../src/config/complaint.ts";
import { type Config, type Loaded, loadConfig } from "../../src/config/load.ts";

/** What every test's config has unless it says otherwise. */
export const cohorts = {
  "cohorts/internal.yaml": "hosts: [{ host: a-01, labels: { role: api } }]\n",
  "cohorts/all.yaml": 'includes: [internal]\nhosts: [{ host: "a-[02-04]", labels: { role: api, zone: b } }]\n',
};

/** A whole component, to which a test adds lines. */
export const component = [
  "components:",
  "  api:",
  '    source: { type: dir, path: "releases/{version}" }',
  "    path: /srv/api",
  "    activate: sudo -n systemctl restart api",
  '    healthy: { type: http, url: "http://127.0.0.1:8080/health" }',
  "",
].join("\n");

/** Writes files into a folder of its own, which goes away with the test. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ship-config-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
    if (text.startsWith("#!")) await chmod(join(folder, name), 0o755);
  }
  return folder;
}

type Options = Partial<Parameters<typeof loadConfig>[0]>;

/** Loads a config of these lines, with the usual cohorts unless `files` has others. */
export async function load(
  text: string,
  options: Options = {},
  files: Readonly<Record<string, string>> = cohorts,
): Promise<Loaded> {
  const folder = await folderWith({ "ship.config.yaml": text, ...files });
  return loadConfig({ file: undefined, cwd: folder, env: { PATH: process.env["PATH"] }, ...options });
}

export function texts(loaded: Loaded): string {
  return (loaded.type === "ok" ? loaded.warnings : loaded.complaints).map(complaintText).join("\n\n");
}

export function configOf(loaded: Loaded): Config {
  if (loaded.type === "complaints") throw new Error(texts(loaded));
  return loaded.config;
}

export function apiOf(loaded: Loaded) {
  const api = configOf(loaded).components.get("api");
  if (api === undefined) throw new Error("there is no component api");
  return api;
}
