import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { ShipError } from "../core/error.ts";
import { checksumFor } from "./checksum.ts";
import { download, shownUrl } from "./download.ts";
import { limits } from "./entry.ts";
import type { Expected, Place, Source } from "./source.ts";
import { fill } from "./template.ts";

const notUrl = "expected a URL that starts with http:// or https://";

/** The placeholders could be anything that a name may hold. */
function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text.replace(/\{\w+\}/g, "x"));
}

export const HttpSpec = z
  .strictObject({
    type: z.literal("http"),
    url: z
      .string()
      .refine(isUrl, notUrl)
      .includes("{version}")
      .meta({
        description: "Where a version's .tar.gz lies. `{version}` and `{component}` may stand in it.",
        examples: ["https://artifacts.example.com/api-{version}.tar.gz"],
      }),
    sha256: z
      .string()
      .refine((text) => text.startsWith("{url}") || isUrl(text), `${notUrl} or {url}`)
      .meta({
        description:
          "Where the archive's checksum lies: a bare sha256, or lines as sha256sum writes them. `{url}` is the archive's URL.",
        examples: ["{url}.sha256", "https://artifacts.example.com/{version}/SHA256SUMS"],
      }),
    list: z
      .string()
      .refine(isUrl, notUrl)
      .optional()
      .meta({
        description:
          "Where the names of all versions lie: a JSON array, or one a line. Needed for `latest` and for ranges.",
        examples: ["https://artifacts.example.com/versions.json"],
      }),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .meta({
        description: "Headers for these requests, such as an Authorization. They never follow a redirect elsewhere.",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is how the environment is named in the config
        examples: [{ Authorization: "Bearer ${ARTIFACTS_TOKEN}" }],
        secret: true,
      }),
  })
  .meta({
    description: "Archives on a web server, each with its checksum.",
    examples: [{ type: "http", url: "https://artifacts.example.com/api-{version}.tar.gz", sha256: "{url}.sha256" }],
  });

export type HttpSpec = z.infer<typeof HttpSpec>;

export const http: Source<HttpSpec> = {
  async list(spec, place) {
    if (spec.list === undefined) return undefined;
    const url = fill(spec.list, { component: place.component });
    const text = await textAt(url, spec, place);
    if (text === undefined) throw new ShipError("unreachable", `there is no list of versions at ${shownUrl(url)}`);
    const versions = names(text);
    if (versions === undefined) throw new ShipError("refused", `${shownUrl(url)} is no list of versions`);
    return { versions, tags: {} };
  },

  async fetch(spec, version, place) {
    const words = { component: place.component, version };
    const url = fill(spec.url, words);
    const sums = fill(spec.sha256, { ...words, url });
    const expected = await expectedAt(sums, { spec, url, place });
    const kept = expected === undefined ? undefined : await place.kept(expected.sha256);
    const origin = { url, headers: spec.headers ?? {} };
    if (kept !== undefined) return { type: "archive", path: kept, expected, origin };
    const path = join(place.scratch, "download.tar.gz");
    const there = await download({ ...origin, cap: limits.unpacked }, path);
    if (!there) return { type: "unknown" };
    if (expected !== undefined) return { type: "archive", path, expected, origin };
    throw new ShipError(
      "refused",
      `${shownUrl(sums)} has no sha256 for ${shownUrl(url)}, so its bytes cannot be checked`,
    );
  },
};

/** Checksums and lists are short; whatever is longer is something else. */
const shortText = 4 * 1024 ** 2;

async function textAt(url: string, spec: HttpSpec, place: Place): Promise<string | undefined> {
  const path = join(place.scratch, "text");
  // The headers may be secret, and are meant for the archives' server.
  const home = new URL(fill(spec.url, { component: place.component, version: "0" })).origin;
  const headers = new URL(url).origin === home ? (spec.headers ?? {}) : {};
  return (await download({ url, headers, cap: shortText }, path)) ? readFile(path, "utf8") : undefined;
}

async function expectedAt(
  sums: string,
  of: { readonly spec: HttpSpec; readonly url: string; readonly place: Place },
): Promise<Expected | undefined> {
  const text = await textAt(sums, of.spec, of.place);
  const sha256 = text === undefined ? undefined : checksumFor(text, basename(new URL(of.url).pathname));
  return sha256 === undefined ? undefined : { sha256, by: shownUrl(sums) };
}

/** A JSON array of texts, or one a line. */
function names(text: string): readonly string[] | undefined {
  if (!/^\s*[[{"<]/.test(text)) return text.split(/\s+/).filter((line) => line !== "");
  try {
    return z.array(z.string()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
