import * as z from "zod";
import { HostSpec } from "./cohort-schema.ts";
import type { Environment } from "./expand.ts";

export type Inventory =
  | { readonly type: "hosts"; readonly hosts: readonly HostSpec[] }
  | { readonly type: "failed"; readonly message: string; readonly expected?: string };

/** What to start and where. `within` is in ms. */
export type Program = {
  readonly run: string;
  readonly folder: string;
  readonly cohort: string;
  readonly env: Environment;
  readonly within: number;
};

/**
 * Runs a program that prints hosts as JSON, without a shell: words are split at spaces. It is told `--list`, as Ansible
 * tells its inventory programs, and the cohort in SHIP_COHORT. Never throws; at most 8 MiB are read.
 */
export async function runInventory({ run, folder, cohort, env, within }: Program): Promise<Inventory> {
  const [program = "", ...words] = run.trim().split(/\s+/);
  const { execa } = await import("execa");
  const child = execa(program, [...words, "--list"], {
    cwd: folder,
    env: { ...env, SHIP_COHORT: cohort },
    extendEnv: false,
    stdin: "ignore",
    maxBuffer: 8 * 1024 * 1024,
    // A group of its own, so that what the program started ends with it, and does not hold our pipe open.
    detached: true,
    reject: false,
  });
  const timer = setTimeout(() => endGroup(child.pid), within);
  const ended = await child;
  clearTimeout(timer);
  if (!ended.failed) return readInventory(ended.stdout);
  return failed(`"${run}" ${ended.signal === "SIGKILL" ? `gave no answer within ${within / 1000} s` : reason(ended)}`);
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

type Ended = { readonly exitCode?: number | undefined; readonly code?: string | undefined; readonly stderr: string };

function reason({ exitCode, code, stderr }: Ended): string {
  const how = exitCode === undefined ? unstarted(code) : `exited with ${exitCode}`;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return `failed: ${how}${said === "" ? "" : `: ${said.slice(-200)}`}`;
}

function unstarted(code: string | undefined): string {
  if (code === "ENOENT") return "there is no such program";
  return code === "EACCES" ? "it is not executable" : (code ?? "it was stopped");
}

/** The hosts of what an inventory program printed: an array, or Ansible's groups with `_meta.hostvars`. */
export function readInventory(text: string): Inventory {
  const value = parsed(text);
  if (value === undefined) return failed("what it printed is not JSON", shape);
  const hosts = Array.isArray(value) ? value.map(entry) : ansible(value);
  if (hosts === undefined) return failed("what it printed is neither an array nor an inventory of groups", shape);
  const checked = z.array(HostSpec).safeParse(hosts);
  if (checked.success) return { type: "hosts", hosts: checked.data };
  const issue = checked.error.issues[0];
  return failed(`a host that it printed is wrong: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`, shape);
}

const shape = '["api-01", { "host": "api-02", "address": "10.0.0.2", "labels": { "role": "api" } }]';

function failed(message: string, expected?: string): Inventory {
  return expected === undefined ? { type: "failed", message } : { type: "failed", message, expected };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function entry(value: unknown): unknown {
  return typeof value === "string" ? { host: value } : value;
}

const Variables = z.record(z.string(), z.unknown());
const Groups = z.record(
  z.string(),
  z.union([z.array(z.string()), z.looseObject({ hosts: z.array(z.string()).optional() })]),
);
const Meta = z.looseObject({
  _meta: z.looseObject({ hostvars: z.record(z.string(), Variables).optional() }).optional(),
});

/** Every host of any group, with its variables: `ansible_host`, `_port` and `_user`; plain texts become labels. */
function ansible(value: unknown): readonly unknown[] | undefined {
  const groups = Groups.safeParse(value);
  const meta = Meta.safeParse(value);
  if (!groups.success || !meta.success) return undefined;
  const variables = meta.data._meta?.hostvars ?? {};
  const listed = Object.values(groups.data).flatMap((group) => (Array.isArray(group) ? group : (group.hosts ?? [])));
  const names = [...new Set([...listed, ...Object.keys(variables)])];
  return names.map((host) => fromVariables(host, variables[host] ?? {}));
}

function fromVariables(host: string, variables: Readonly<Record<string, unknown>>): unknown {
  const { ansible_host: address, ansible_port: port, ansible_user: user, ...rest } = variables;
  const labels = Object.entries(rest).filter(
    ([key, value]) =>
      typeof value === "string" && !key.startsWith("ansible_") && /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(key),
  );
  return {
    host,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
    labels: Object.fromEntries(labels.filter(([, value]) => !/[\u0000-\u001f\u007f]/.test(String(value)))),
  };
}
