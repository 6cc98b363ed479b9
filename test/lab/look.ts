import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { running } from "./service.ts";

/** One look at a host's disk and processes, by nothing that is ship's. */
export type Look = {
  readonly host: string;
  /** Release that the link names; undefined when there is none. */
  readonly link: string | undefined;
  /** Does the link resolve to a release that is all there? */
  readonly whole: boolean;
  /** The record's words by their keys; empty without a record. */
  readonly record: Readonly<Record<string, string>>;
  /** Version whose folder the service's process runs from. */
  readonly runs: string | undefined;
  /** Version that the service said when it was asked last; undefined when it did not answer. */
  readonly answers: string | undefined;
};

export function lookAt({ name, home }: { readonly name: string; readonly home: string }): Omit<Look, "answers"> {
  const path = join(home, "api");
  const link = linkOf(path);
  const whole = link !== undefined && existsSync(join(path, "releases", link, "VERSION"));
  const manifest = link !== undefined && existsSync(join(path, "releases", `${link}.json`));
  return { host: name, link, whole: whole && manifest, record: recordOf(path), runs: running(home) };
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(join(path, "current")).replace(/^releases\//, "");
  } catch {
    return undefined;
  }
}

function recordOf(path: string): Readonly<Record<string, string>> {
  try {
    const text = readFileSync(join(path, ".ship/record"), "utf8");
    return Object.fromEntries([...text.matchAll(/^(\w+)='(.*)'$/gm)].map(([, key = "", value = ""]) => [key, value]));
  } catch {
    return {};
  }
}
