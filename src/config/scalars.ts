import parseDuration from "parse-duration";
import * as z from "zod";
import type { Share } from "../core/fleet.ts";

/** What the manual says of a key. `kind` names what stands there when the JSON type says too little. */
export type About = { readonly description: string; readonly examples: readonly unknown[]; readonly kind?: string };

const durationText = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/;
const longest = 30 * 24 * 3600 * 1000;

/** `90s`, `1h30m`, `500ms` → milliseconds, whole, at most 30 days. */
export function duration(about: About) {
  return z
    .string({ error: (issue) => (typeof issue.input === "number" ? "a duration needs its unit" : undefined) })
    .regex(durationText, { error: "this is not a duration" })
    .refine((text) => milliseconds(text) <= longest, {
      error: "more than 30 days is not a duration that ship waits for",
    })
    .transform(milliseconds)
    .meta({ kind: "a duration such as 90s, 2m, 1h30m or 500ms", ...about });
}

const units = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

/** Slower than this, a release does not come to a single host in the time that one has. */
const slowestRate = 100 * units.KB;

/** `10MB/s` → bytes a second; as everywhere in ship, a KB has 1024 of them. */
export function byteRate(about: About) {
  return z
    .string({ error: (issue) => (typeof issue.input === "number" ? "a rate needs its unit" : undefined) })
    .regex(/^\d{1,6}(\.\d+)?(KB|MB|GB)\/s$/, { error: "this is not a rate" })
    .transform((written) => {
      const unit = written.slice(-4, -2);
      return Number.parseFloat(written) * (unit === "GB" || unit === "MB" ? units[unit] : units.KB);
    })
    .refine((rate) => rate >= slowestRate, { error: "slower than 100KB/s no release comes to a host in time" })
    .meta({ kind: "a rate such as 10MB/s or 500KB/s", ...about });
}

/** Hosts, as a number (`2`) or as a part (`10%`). */
export function share(about: About) {
  const percent = z
    .string()
    .regex(/^(100|\d{1,2})(\.\d+)?%$/, { error: "this is not a share of hosts" })
    .transform((text): Share => ({ type: "percent", percent: Number.parseFloat(text) }))
    .refine((part) => part.type === "count" || part.percent <= 100, { error: "a share is at most 100%" });
  const count = z
    .int()
    .min(0)
    .transform((number): Share => ({ type: "count", count: number }));
  return z.union([percent, count]).meta({ kind: "a number of hosts such as 2, or a share such as 10%", ...about });
}

const wordText = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

export function isWord(text: string): boolean {
  return wordText.test(text);
}

/** Names of components, cohorts and hosts become words of shells, paths and log lines: only what none of them reads. */
export function word(about: About) {
  return z
    .string()
    .regex(wordText, { error: "this cannot be a name" })
    .meta({ kind: "a name of letters, digits, and . _ + - between them", ...about });
}

/** A shell command that runs on a host. */
export function command(about: About) {
  return text(about).meta({ kind: "a shell command", ...about });
}

/** Text that is not empty and has no control characters but tabs and line ends. */
export function text(about: About) {
  return z
    .string()
    .min(1, { error: "nothing stands here" })
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/, { error: "control characters cannot stand here" })
    .meta({ ...about });
}

/** `8080`. */
export function port(about: About) {
  return z
    .int()
    .min(1)
    .max(65535)
    .meta({ ...about });
}

export function httpUrl(about: About) {
  return z
    .url({ protocol: /^https?$/, error: "this is not an address" })
    .meta({ kind: "an http or https address", ...about });
}

/** Selects hosts by their labels, or gives a host its labels. */
export function labels(about: About) {
  return z.record(labelKey, labelValue).meta({ kind: "labels, name by name", ...about });
}

const labelKey = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, { error: "this cannot be a label's name" })
  .meta({ kind: "a name of letters, digits, _ and -" });
const labelValue = z
  .string()
  .regex(/^[^\u0000-\u001f\u007f]*$/, { error: "control characters cannot stand here" })
  .meta({ description: "The label's value.", examples: ["api"] });

function milliseconds(text: string): number {
  return Math.round(parseDuration(text) ?? Number.NaN);
}
