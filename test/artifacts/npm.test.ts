import { createHash } from "node:crypto";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tarGzOf } from "./tar-writer.ts";
import { failureOf, folder, resolveIt, serve, write } from "./workshop.ts";

const name = "@scope/api";

function tarball(text: string): Buffer {
  return tarGzOf([
    { name: "package/package.json", body: JSON.stringify({ name, version: text }) },
    { name: "package/bin/app", body: text, mode: 0o755 },
  ]);
}

type Registry = {
  readonly versions: readonly string[];
  readonly latest: string;
  readonly integrity?: (bytes: Buffer) => string;
};

/** What npm needs of a registry, for one package. */
function registry({ versions, latest, integrity = sha512 }: Registry): RequestListener {
  return (request, response) => {
    const base = `http://${request.headers.host}`;
    const version = /^\/tarballs\/(.+)\.tgz$/.exec(request.url ?? "")?.[1];
    if (version !== undefined) return void response.end(tarball(version));
    if (decodeURIComponent(request.url ?? "") !== `/${name}`) return void response.writeHead(404).end("{}");
    const dist = (version: string) => ({
      tarball: `${base}/tarballs/${version}.tgz`,
      integrity: integrity(tarball(version)),
      shasum: createHash("sha1").update(tarball(version)).digest("hex"),
    });
    const all = Object.fromEntries(versions.map((version) => [version, { name, version, dist: dist(version) }]));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest }, versions: all }));
  };
}

function sha512(bytes: Buffer): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

/** npm on its own: no settings of this machine, no cache, no patience. */
function environment(url: string): Readonly<Record<string, string | undefined>> {
  const own = folder();
  return {
    PATH: process.env["PATH"],
    HOME: own,
    npm_config_cache: join(own, "cache"),
    npm_config_registry: `${url}/`,
    npm_config_fetch_retries: "0",
  };
}

const source = { type: "npm", package: name };

test("a package is its tarball without the outer folder; latest is the tag; ranges choose", async () => {
  const env = environment(await serve(registry({ versions: ["1.0.0", "1.1.0", "2.0.0"], latest: "1.1.0" })));
  const root = folder();
  const latest = await resolveIt({ source, root, version: "latest", env });
  expect(latest.version).toBe("1.1.0");
  expect((await resolveIt({ source, root, version: "^1", env })).digest).toBe(latest.digest);
  write(root, { "v/package.json": JSON.stringify({ name, version: "1.1.0" }) });
  write(root, { "v/bin/app": "1.1.0" });
  const dir = await resolveIt({ source: { type: "command", run: "chmod +x v/bin/app; echo v" }, root });
  expect(latest.digest).toBe(dir.digest);
  expect(await failureOf(resolveIt({ source, root, version: "1.0.9", env }))).toMatchObject({
    code: "usage",
    hint: "Did you mean 1.0.0?",
    details: ["there are 2.0.0, 1.1.0, 1.0.0"],
  });
});

test("a registry with one version, and a package that it has not", async () => {
  const env = environment(await serve(registry({ versions: ["1.0.0"], latest: "1.0.0" })));
  const root = folder();
  expect((await resolveIt({ source, root, version: "1.x", env })).version).toBe("1.0.0");
  const other = { type: "npm", package: "other" };
  expect(await failureOf(resolveIt({ source: other, root, version: "1.0.0", env }))).toMatchObject({ code: "usage" });
});

test.each([
  ["other bytes than promised", () => sha512(Buffer.from("x")), "is not the one that the registry promises"],
  ["no strong promise", () => "", "gives no sha512"],
])("%s are refused", async (_, integrity, words) => {
  const env = environment(await serve(registry({ versions: ["1.0.0"], latest: "1.0.0", integrity })));
  const failure = await failureOf(resolveIt({ source, root: folder(), version: "1.0.0", env }));
  expect(failure.code).toBe("refused");
  expect(failure.message).toContain(words);
});

test("a registry that does not answer is unreachable", async () => {
  const env = environment("http://127.0.0.1:1");
  const failure = await failureOf(resolveIt({ source, root: folder(), version: "1.0.0", env }));
  expect(failure).toMatchObject({
    code: "unreachable",
    message: "npm could not get @scope/api@1.0.0: it ended with 1",
  });
});
