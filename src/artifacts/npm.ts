import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import * as z from "zod";
import { ShipError } from "../core/error.ts";
import { printable } from "../core/escape.ts";
import { limits } from "./entry.ts";
import { type Ran, run } from "./program.ts";
import type { Place, Source } from "./source.ts";

export const NpmSpec = z
  .strictObject({
    type: z.literal("npm"),
    package: z
      .string()
      .regex(/^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/, "expected a package's name, such as @scope/name")
      .meta({
        description: "The package whose tarball is shipped, from the registry that npm is configured for here.",
        examples: ["@scope/api"],
      }),
  })
  .meta({
    description: "A package of an npm registry: its tarball, without its outer folder, and without its dependencies.",
    examples: [{ type: "npm", package: "@scope/api" }],
  });

export type NpmSpec = z.infer<typeof NpmSpec>;

export const npm: Source<NpmSpec> = {
  async list(spec, place) {
    const seen = await view(`${spec.package}`, ["versions", "dist-tags"], place);
    return Listed.parse(seen ?? {});
  },

  async fetch(spec, version, place) {
    const { valid } = await import("semver");
    // npm would read a range or a tag in the version's place, and say nothing.
    if (valid(version) !== version) return { type: "unknown" };
    const wanted = `${spec.package}@${version}`;
    const dist = await view(wanted, ["dist"], place);
    if (dist === undefined) return { type: "unknown" };
    const tarball = await packed(wanted, place);
    await check(tarball, { wanted, integrity: Dist.parse(dist).integrity });
    const path = join(place.scratch, "package.tar");
    await unzip(tarball, path, wanted);
    return { type: "tar", path, strip: 1, prefix: "" };
  },
};

const within = 300_000;

/** npm writes one name where there is one, and a list where there are several. */
const Listed = z
  .object({
    versions: z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]),
    "dist-tags": z.record(z.string(), z.string()).default({}),
  })
  .transform((seen) => ({ versions: seen.versions, tags: seen["dist-tags"] }));

const Dist = z.object({ integrity: z.string().default("") }).catch({ integrity: "" });

/** What `npm view` knows, with this machine's registry, scopes and tokens; undefined for what the registry does not have. */
async function view(wanted: string, fields: readonly string[], place: Place): Promise<unknown> {
  const ran = await inNpm(["view", "--json", wanted, ...fields], place);
  const answer = json(ran.stdout);
  if (ran.code === 0) return answer === "" ? undefined : answer;
  if (errorOf(answer) === "E404") return undefined;
  throw unreachable(wanted, ran);
}

async function packed(wanted: string, place: Place): Promise<string> {
  const folder = join(place.scratch, "packed");
  await mkdir(folder);
  const ran = await inNpm(["pack", "--json", "--ignore-scripts", `--pack-destination=${folder}`, wanted], place);
  if (ran.code !== 0 && errorOf(json(ran.stdout)) === "EINTEGRITY") throw changed(wanted);
  const name = (await readdir(folder))[0];
  if (ran.code !== 0 || name === undefined) throw unreachable(wanted, ran);
  return join(folder, name);
}

function inNpm(args: readonly string[], place: Place): Promise<Ran> {
  return run("npm", ["--loglevel=error", "--no-update-notifier", ...args], { cwd: place.root, env: place.env, within });
}

/** Against the registry's word, by ourselves: npm does not check a tarball for which the registry gives no integrity. */
async function check(
  tarball: string,
  promised: { readonly wanted: string; readonly integrity: string },
): Promise<void> {
  const sha512 = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)/.exec(promised.integrity)?.[1];
  if (sha512 === undefined)
    throw new ShipError(
      "refused",
      `the registry gives no sha512 for ${promised.wanted}, so its bytes cannot be checked`,
    );
  const hash = createHash("sha512");
  await pipeline(createReadStream(tarball), hash);
  if (hash.digest("base64") !== sha512) throw changed(promised.wanted);
}

function changed(wanted: string): ShipError {
  return new ShipError("refused", `the tarball of ${wanted} is not the one that the registry promises`);
}

async function unzip(tarball: string, path: string, wanted: string): Promise<void> {
  await pipeline(createReadStream(tarball), createGunzip(), atMost(limits.unpacked, wanted), createWriteStream(path));
}

function atMost(most: number, wanted: string) {
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let length = 0;
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > most) throw new ShipError("refused", `${wanted} unpacks to more than ${most} bytes`);
      yield chunk;
    }
  };
}

function json(text: string): unknown {
  try {
    return text.trim() === "" ? "" : JSON.parse(text);
  } catch {
    return "";
  }
}

const Failed = z.object({ error: z.object({ code: z.string() }) });

function errorOf(answer: unknown): string | undefined {
  return Failed.safeParse(answer).data?.error.code;
}

function unreachable(wanted: string, ran: Ran): ShipError {
  return new ShipError("unreachable", `npm could not get ${wanted}: it ${ran.ended}`, {
    hint: "`npm ping` says whether the configured registry answers, `npm config get registry` which it is.",
    details: ran.stderr
      .trim()
      .split("\n")
      .slice(-8)
      .map((line) => printable(line, { ci: true })),
  });
}
