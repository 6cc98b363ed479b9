import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../../src/core/host.ts";
import { http } from "../../src/metrics/http.ts";
import { MetricSpec } from "../../src/metrics/index.ts";
import type { Asking } from "../../src/metrics/provider.ts";
import { fakeAsking, hostNamed } from "./fake.ts";

const url = "http://127.0.0.1:8080/stats";
const stats = { queues: { mail: 7 }, failed: 2, all: 40, text: "12", none: null, flag: true, list: [1], huge: 1e300 };
const body = (value: unknown, status = 200): Answer => ({ type: "body", status, body: JSON.stringify(value) });

/** Readings of entries with the same document, entry by entry, host by host. */
async function read(entries: readonly object[], asking: Asking) {
  const wishes = entries.map((entry) => MetricSpec.parse({ from: "http", ...entry }));
  expect(new Set(wishes.map(({ settings }) => http.key(settings))).size).toBe(1);
  const found = await http.read(wishes, asking);
  return found.map((hosts) => hosts.map(({ host, reading }) => [host, reading]));
}

describe("a document on the hosts", () => {
  const hosts = [hostNamed("a"), hostNamed("b")];

  test("is read once for all that stands in it", async () => {
    const { asking, asked } = fakeAsking(hosts, (_, host) =>
      host === "a" ? body(stats) : body({ ...stats, all: 41 }),
    );
    const found = await read(
      [
        { url, gauge: "queues.mail" },
        { url, rate: "all" },
        { url, ratio: { bad: "failed", all: "all" } },
      ],
      asking,
    );
    expect(asked.map(({ host, look }) => [host, look])).toEqual(
      ["a", "b"].map((host) => [host, { type: "get", url, within: 5000, cap: 8 * 1024 * 1024 }]),
    );
    expect(found).toEqual([
      [
        ["a", { type: "gauge", value: 7 }],
        ["b", { type: "gauge", value: 7 }],
      ],
      [
        ["a", { type: "counters", series: { value: 40 } }],
        ["b", { type: "counters", series: { value: 41 } }],
      ],
      [
        ["a", { type: "counters", series: { bad: 2, all: 40 } }],
        ["b", { type: "counters", series: { bad: 2, all: 41 } }],
      ],
    ]);
  });

  test("has each host's own address", async () => {
    const { asking, asked } = fakeAsking([hostNamed("a", { port: "1" }), hostNamed("b")], () => body(stats));
    const [found = []] = await read([{ url: "http://{host}:{port}/", gauge: "all" }], asking);
    expect(asked.map(({ look }) => look)).toMatchObject([{ url: "http://a:1/" }]);
    expect(found).toEqual([
      ["a", { type: "gauge", value: 40 }],
      ["b", { type: "missing", cause: "provider-error", detail: "{port} is not known for b" }],
    ]);
  });

  test.each([
    [{ gauge: "queues.post" }, "no-data", "the document has nothing at queues.post"],
    [{ ratio: { bad: "failed", all: "total" } }, "no-data", "the document has nothing at total"],
    [{ gauge: "text" }, "provider-error", 'text is no number: "12"'],
    [{ rate: "none" }, "provider-error", "none is no number: null"],
    [{ gauge: "flag" }, "provider-error", "flag is no number: true"],
    [{ gauge: "list" }, "provider-error", "list is no number: [1]"],
    [{ ratio: { bad: "text", all: "all" } }, "provider-error", 'text is no number: "12"'],
  ])("%j is missing: %s (cell 69)", async (keys, cause, detail) => {
    const { asking } = fakeAsking([hostNamed("a")], () => body(stats));
    expect(await read([{ url, ...keys }], asking)).toEqual([[["a", { type: "missing", cause, detail }]]]);
  });

  test.each<[string, Answer, string]>([
    [
      "is not JSON",
      { type: "body", status: 200, body: `<html>${"x".repeat(100)}` },
      `the answer is not JSON: "<html>${"x".repeat(53)}…`,
    ],
    ["is empty", { type: "body", status: 200, body: "" }, 'the answer is not JSON: ""'],
    ["has another status", body(stats, 302), "the answer has status 302"],
    ["is not answered for", { type: "lost", reason: "timed out" }, "timed out"],
    ["failed", { type: "failed", detail: "nothing answers", log: "" }, "nothing answers"],
  ])("that %s is an error of the provider (cell 69)", async (_, answer, detail) => {
    const { asking } = fakeAsking([hostNamed("a")], () => answer);
    const missing = { type: "missing", cause: "provider-error", detail };
    expect(
      await read(
        [
          { url, gauge: "all" },
          { url, rate: "all" },
        ],
        asking,
      ),
    ).toEqual([[["a", missing]], [["a", missing]]]);
  });

  test("is named without user and password", () => {
    const { settings } = MetricSpec.parse({ from: "http", url: "http://me:secret@127.0.0.1/stats?x=1", gauge: "a" });
    expect(http.origin(settings)).toBe("http http://127.0.0.1/stats?x=1");
  });
});

describe("a document that is read from here", () => {
  let server: Server;
  let at = "";
  let requests: { path: string | undefined; headers: IncomingHttpHeaders }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { url = "", headers } = request;
      requests.push({ path: url, headers });
      if (url === "/moved") response.writeHead(302, { location: "/a" });
      if (url === "/long") response.write(" ".repeat(8 * 1024 * 1024));
      if (url === "/cut") response.writeHead(200, { "content-length": "99" }).write("{", () => response.destroy());
      else response.end(JSON.stringify({ all: url === "/b" ? 2 : 1 }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    at = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function readHere(path: string, keys: object = {}, hosts = ["a", "b"]) {
    requests = [];
    const { asking, asked } = fakeAsking(
      hosts.map((name) => hostNamed(name)),
      () => ({ type: "running" }),
    );
    const [found = []] = await read([{ url: `${at}${path}`, where: "here", gauge: "all", ...keys }], asking);
    expect(asked).toEqual([]);
    return found;
  }

  test("is asked for once a host, with the headers", async () => {
    const headers = { Authorization: "Bearer s3cr3t" };
    expect(await readHere("/{host}", { headers })).toEqual([
      ["a", { type: "gauge", value: 1 }],
      ["b", { type: "gauge", value: 2 }],
    ]);
    expect(requests.map(({ path, headers }) => [path, headers.authorization]).sort()).toEqual([
      ["/a", "Bearer s3cr3t"],
      ["/b", "Bearer s3cr3t"],
    ]);
  });

  test("is asked for once where it is the same for all hosts", async () => {
    expect(await readHere("/all")).toEqual([
      ["a", { type: "gauge", value: 1 }],
      ["b", { type: "gauge", value: 1 }],
    ]);
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["/moved", "the answer has status 302"],
    ["/long", "the answer is longer than 8388608 bytes"],
    ["/cut", expect.stringMatching(/./)],
  ])("at %s is missing", async (path, detail) => {
    expect(await readHere(path, {}, ["a"])).toEqual([["a", { type: "missing", cause: "provider-error", detail }]]);
    expect(requests).toHaveLength(1);
  });

  test("says why nothing came", async () => {
    const { asking } = fakeAsking([hostNamed("a")], () => ({ type: "running" }));
    const [found] = await read([{ url: "http://127.0.0.1:1/", where: "here", gauge: "all" }], asking);
    expect(found).toMatchObject([
      ["a", { cause: "provider-error", detail: expect.stringMatching(/ECONNREFUSED|bad port/) }],
    ]);
  });
});

describe("an entry from: http", () => {
  const from = "http";
  test.each([
    [
      { from, url, gauge: "a.b" },
      {
        shape: { type: "gauge" },
        across: "mean",
        grouped: false,
        settings: { url, where: "host", headers: {}, paths: { value: "a.b" } },
      },
    ],
    [
      { from, url, rate: "a", across: "sum" },
      { shape: { type: "rate" }, across: "sum" },
    ],
    [
      { from, url, ratio: { bad: "b", all: "a" } },
      { shape: { type: "ratio" }, settings: { paths: { bad: "b", all: "a" } } },
    ],
    [{ from, url: "http://{host}/", where: "here", gauge: "a", across: "sum" }, { settings: { where: "here" } }],
    [{ from, url, where: "here", rate: "a" }, {}],
  ])("%j", (entry, expected) => {
    expect(MetricSpec.parse(entry)).toMatchObject({ provider: "http", ...expected });
  });

  test.each([
    [{ from, url }, ["gauge"], /one of gauge, rate or ratio/],
    [{ from, url, gauge: "a", ratio: { bad: "b", all: "a" } }, ["ratio"], /not both/],
    [{ from, url, gauge: "a[" }, ["gauge"], /go on with \[/],
    [{ from, url, ratio: { bad: "b", all: "$.a" } }, ["ratio", "all"], /go on with \$\.a/],
    [{ from, url, ratio: { bad: "b", all: "a" }, across: "sum" }, ["across"], /pooled/],
    [{ from, url, quantile: 0.9 }, [], /quantile/],
    [{ from, url, gauge: "a", headers: { A: "b" } }, ["headers"], /where: here/],
    [{ from, url, gauge: "a", where: "here", headers: { "A B": "b" } }, ["headers"], /cannot be headers/],
    [{ from, url, gauge: "a", where: "here", headers: { A: "s3\ncret" } }, ["headers"], /^these cannot be headers$/],
    [{ from, url: "http://u:p@x/", gauge: "a", where: "here" }, ["url"], /headers/],
    [{ from, url, ratio: { bad: "b", all: "a" }, where: "here" }, ["url"], /same counts/],
    [{ from, url, rate: "a", across: "sum", where: "here" }, ["url"], /same counts/],
    [{ from, url: "127.0.0.1/stats", gauge: "a" }, ["url"], /address/],
  ])("%j is refused at %j", (entry, path, message) => {
    const issue = MetricSpec.safeParse(entry).error?.issues[0];
    expect(issue?.path).toEqual(path);
    expect(issue?.message).toMatch(message);
  });
});
