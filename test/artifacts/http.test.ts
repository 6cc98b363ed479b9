import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { SourceSpec } from "../../src/artifacts/index.ts";
import { tarGzOf } from "./tar-writer.ts";
import { failureOf, folder, resolveIt, serve } from "./workshop.ts";

const archive = tarGzOf([{ name: "app", body: "hello".repeat(2000) }]);
const sha256 = createHash("sha256").update(archive).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves `/api-v408.tar.gz` and its checksum, unless `routes` says otherwise; notes what was asked for. */
async function site(routes: Readonly<Record<string, Answer | string | Buffer>> = {}) {
  const asked: IncomingMessage[] = [];
  const all: Readonly<Record<string, Answer | string | Buffer>> = {
    "/api-v408.tar.gz": archive,
    "/api-v408.tar.gz.sha256": `${sha256}  api-v408.tar.gz\n`,
    ...routes,
  };
  const base = await serve((request, response) => {
    asked.push(request);
    const route = all[request.url ?? ""];
    if (typeof route === "function") route(request, response);
    else response.writeHead(route === undefined ? 404 : 200).end(route);
  });
  const source = { type: "http", url: `${base}/api-{version}.tar.gz`, sha256: "{url}.sha256" };
  return { base, source, root: folder(), asked, paths: () => asked.map(({ url }) => url) };
}

test("an archive is fetched, and is the one that its checksum promises", async () => {
  const { source, root } = await site();
  expect(await resolveIt({ source, root })).toMatchObject({ version: "v408", digest: sha256, size: archive.length });
});

test("what is in the cache is not fetched again, unless the disk has damaged it (cell 34)", async () => {
  const { source, root, paths } = await site();
  const cache = folder();
  const first = await resolveIt({ source, root, cache });
  expect(await resolveIt({ source, root, cache })).toEqual(first);
  expect(paths().filter((path) => path === "/api-v408.tar.gz")).toHaveLength(1);
  rmSync(first.archive);
  writeFileSync(first.archive, archive.subarray(0, 100));
  expect(await resolveIt({ source, root, cache })).toEqual(first);
  expect(paths().filter((path) => path === "/api-v408.tar.gz")).toHaveLength(2);
});

test("S19: other bytes than promised are refused, and not kept (cell 39)", async () => {
  const { source, root, base } = await site({ "/api-v408.tar.gz.sha256": "a".repeat(64) });
  const cache = folder();
  expect(await failureOf(resolveIt({ source, root, cache }))).toMatchObject({
    code: "refused",
    message: `the bytes of api v408 are not those that ${base}/api-v408.tar.gz.sha256 promises`,
    details: [`promised sha256 ${"a".repeat(64)}`, `received sha256 ${sha256}`],
  });
  expect(readdirSync(cache)).toEqual([]);
});

test.each([
  ["is missing", (_: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end()],
  ["is a page", "<html>sorry</html>"],
])("an archive whose checksum %s is refused", async (_, sum) => {
  const { source, root } = await site({ "/api-v408.tar.gz.sha256": sum });
  const failure = await failureOf(resolveIt({ source, root }));
  expect(failure.code).toBe("refused");
  expect(failure.message).toMatch(
    /\.sha256 has no sha256 for http:.*\/api-v408\.tar\.gz, so its bytes cannot be checked$/,
  );
});

test("without a checksum in the config there is no source", () => {
  const spec = { type: "http", url: "https://example.com/{version}.tar.gz" };
  expect(SourceSpec.safeParse(spec).success).toBe(false);
  expect(SourceSpec.safeParse({ ...spec, sha256: "{url}.sha256" }).success).toBe(true);
});

describe("a list", () => {
  test.each([
    ["in JSON", JSON.stringify(["v407", "v408"])],
    ["in lines", "v407\r\nv408\n"],
  ])("%s gives latest", async (_, text) => {
    const { source, root, base } = await site({ "/versions": text });
    const list = `${base}/versions`;
    expect((await resolveIt({ source: { ...source, list }, root, version: "latest" })).version).toBe("v408");
    expect(await failureOf(resolveIt({ source: { ...source, list }, root, version: "v480" }))).toMatchObject({
      code: "usage",
      hint: "Did you mean v408?",
    });
  });

  test("that is a page is refused", async () => {
    const { source, root, base } = await site({ "/versions": "<html>" });
    expect(
      await failureOf(resolveIt({ source: { ...source, list: `${base}/versions` }, root, version: "latest" })),
    ).toMatchObject({ code: "refused", message: `${base}/versions is no list of versions` });
  });

  test("that is not configured is missed", async () => {
    const { source, root } = await site();
    expect((await failureOf(resolveIt({ source, root, version: "latest" }))).code).toBe("usage");
  });
});

describe("what may pass is tried again:", () => {
  const failing: Readonly<Record<string, Answer>> = {
    "a server error": (_, response) => void response.writeHead(503).end(),
    "too many requests": (_, response) => void response.writeHead(429).end(),
    "a connection that breaks": (request) => void request.socket.destroy(),
    "a body that is cut short": (request, response) => {
      response.writeHead(200, { "content-length": archive.length });
      response.write(archive.subarray(0, 50), () => request.socket.destroy());
    },
  };

  test.each(Object.entries(failing))("%s", async (_, fail) => {
    let tries = 0;
    const { source, root } = await site({
      "/api-v408.tar.gz": (request, response) => {
        tries += 1;
        if (tries < 3) fail(request, response);
        else response.end(archive);
      },
    });
    expect((await resolveIt({ source, root })).digest).toBe(sha256);
    expect(tries).toBe(3);
  });

  test("and given up in the end", async () => {
    const { source, root, base, paths } = await site({
      "/api-v408.tar.gz.sha256": (_, response) => void response.writeHead(500).end(),
    });
    expect(await failureOf(resolveIt({ source, root }))).toMatchObject({
      code: "unreachable",
      message: `${base}/api-v408.tar.gz.sha256 could not be read: the server answered 500`,
    });
    expect(paths()).toHaveLength(4);
  });
});

test("what will not pass is not tried again", async () => {
  const { source, root, paths } = await site({
    "/api-v408.tar.gz.sha256": (_, response) => void response.writeHead(403).end(),
  });
  expect(await failureOf(resolveIt({ source, root }))).toMatchObject({ code: "unreachable" });
  expect(paths()).toHaveLength(1);
});

test("nobody listens", async () => {
  const source = { type: "http", url: "http://127.0.0.1:1/{version}", sha256: "{url}.sha256" };
  const failure = await failureOf(resolveIt({ source, root: folder() }));
  expect(failure.code).toBe("unreachable");
  expect(failure.message).toContain("http://127.0.0.1:1/v408.sha256 could not be read: ");
});

describe("redirects", () => {
  const to =
    (location: string): Answer =>
    (_, response) =>
      void response.writeHead(302, { location }).end();

  test("are followed, and the headers do not go elsewhere", async () => {
    const other = await site();
    const here = await site({ "/api-v408.tar.gz": to(`${other.base}/api-v408.tar.gz`) });
    const headers = { authorization: "Bearer secret" };
    const resolved = await resolveIt({ source: { ...here.source, headers }, root: here.root });
    expect(resolved.digest).toBe(sha256);
    expect(here.asked.map((request) => request.headers.authorization)).toEqual(["Bearer secret", "Bearer secret"]);
    expect(other.asked.map((request) => request.headers.authorization)).toEqual([undefined]);
  });

  test.each([
    ["/api-v408.tar.gz", "it redirects more than 5 times"],
    ["file:///etc/passwd", "it redirects from http: to file:"],
  ])("to %s are not", async (location, words) => {
    const { source, root } = await site({ "/api-v408.tar.gz": to(location) });
    const failure = await failureOf(resolveIt({ source, root }));
    expect(failure.code).toBe("unreachable");
    expect(failure.message).toContain(words);
  });
});

test("a checksum that never ends is cut", async () => {
  const { source, root } = await site({
    "/api-v408.tar.gz.sha256": (_, response) => {
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(1 << 16), more));
      more();
    },
  });
  const failure = await failureOf(resolveIt({ source, root }));
  expect(failure.code).toBe("refused");
  expect(failure.message).toContain(".sha256 is larger than 4194304 bytes, the most that is taken");
});

test("messages do not show what is secret in a URL", async () => {
  const source = { type: "http", url: "http://127.0.0.1:1/{version}?token=s3cret", sha256: "{url}" };
  const failure = await failureOf(resolveIt({ source, root: folder() }));
  expect(JSON.stringify([failure.message, failure.details, failure.hint])).not.toContain("s3cret");
});
