import { readFileSync, renameSync, writeFileSync } from "node:fs";
import * as z from "zod";

const state = z.object({
  pid: z.number(),
  started: z.string(),
  /** Names this run of the sandbox; also in the environment of everything that it starts. */
  nonce: z.string(),
  /** Port of the control server on 127.0.0.1. */
  control: z.number(),
});

const pair = z.object({ private: z.string(), public: z.string() });
const keys = z.object({ host: pair, client: pair });

/** The running sandbox of a folder, as it wrote it when it was ready. */
export type State = z.infer<typeof state>;

/** OpenSSH texts, made once for a folder. */
export type Keys = z.infer<typeof keys>;

export function readState(file: string): State | undefined {
  return state.safeParse(readJson(file)).data;
}

export function readKeys(file: string): Keys | undefined {
  return keys.safeParse(readJson(file)).data;
}

export function readNames(file: string): readonly string[] {
  return z.array(z.string()).safeParse(readJson(file)).data ?? [];
}

/** Replaces the file whole, readable by its owner only. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** A public key line `ssh-ed25519 AAAA… comment`, in parts. */
export function publicKey(line: string): { readonly type: string; readonly key: string } {
  const [type = "", key = ""] = line.split(" ");
  return { type, key };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
