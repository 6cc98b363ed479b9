import * as z from "zod";
import type { Host } from "../core/fleet.ts";

/** `{host}`, `{address}` or a label; other braces stay as they are. */
const placeholder = /\{([A-Za-z_][A-Za-z0-9_-]*)\}/g;

/** An address in which `{host}`, `{address}` and the host's labels may stand. */
export function hostUrl(about: { readonly description: string; readonly examples: readonly string[] }) {
  return z
    .string()
    .refine(isUrl, { error: "this is not an address" })
    .meta({ kind: "an http or https address", ...about });
}

/** The names that stand in braces. */
export function placeholdersOf(url: string): readonly string[] {
  return [...url.matchAll(placeholder)].flatMap((found) => found[1] ?? []);
}

/** The address for one host, or the placeholder that is not known for it. A label cannot change what the address is made of. */
export function urlFor(url: string, host: Host): { readonly url: string } | { readonly unknown: string } {
  const words: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(host.labels).map(([label, value]) => [label, encodeURIComponent(value)])),
    host: host.name,
    address: host.address.includes(":") ? `[${host.address}]` : host.address,
  };
  const unknown = placeholdersOf(url).find((name) => !Object.hasOwn(words, name));
  if (unknown !== undefined) return { unknown };
  return { url: url.replace(placeholder, (whole, name: string) => words[name] ?? whole) };
}

/** Without user and password. */
export function shownUrl(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/, "$1");
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^/?#]/.test(text) && URL.canParse(text.replace(placeholder, "1"));
}
