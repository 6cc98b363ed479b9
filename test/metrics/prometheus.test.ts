import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { MetricSpec } from "../../src/metrics/index.ts";
import { prometheus } from "../../src/metrics/prometheus.ts";
import { hostNamed, listen, read, type Setting } from "./prometheus-rig.ts";

type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly form: URLSearchParams;
};

/** A server that answers as told, and what it was asked. Unless `answer` ends a request it is never answered. */
async function fake(answer: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, form: new URLSearchParams(body) };
    asked.push(one);
    answer(one, response);
  });
  const { url, close } = await listen(server);
  onTestFinished(close);
  return { url, asked };
}

type Labels = Readonly<Record<string, string>>;

/** What Prometheus answers, at 1000.5 s of its clock. */
function vector(...series: readonly (readonly [Labels, string])[]): string {
  const result = series.map(([metric, value]) => ({ metric, value: [1000.5, value] }));
  return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
}

function answering(body: string, status = 200): (asked: Asked, response: ServerResponse) => void {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body);
  };
}

const one = [hostNamed("a")];
const depth = { gauge: "depth" };

async function missing(answer: Parameters<typeof fake>[0], more: Partial<Setting> = {}) {
  const { url } = await fake(answer);
  const [found] = await read(depth, one, { url, headers: { Authorization: "Bearer s3cr3t" }, ...more });
  if (found?.reading.type !== "missing") throw new Error("it is not missing");
  expect(found.host).toBe("a");
  expect(found.reading.detail).not.toContain("s3cr3t");
  return `${found.reading.cause}: ${found.reading.detail}`;
}

const gauge = (value: string) => vector([{ __name__: "depth", instance: "a:1", ship_role: "value" }, value]);

describe("what is no number says why, and what to do", () => {
  test.each([
    [
      "a bad query",
      answering('{"status":"error","errorType":"bad_data","error":"parse error: unexpected )"}', 400),
      "provider-error: Prometheus refused the query: parse error: unexpected )",
    ],
    [
      "an error with status 200",
      answering('{"status":"error","error":"x"}'),
      "provider-error: Prometheus refused the query: x",
    ],
    [
      "no rights",
      answering("who are you?", 401),
      "provider-error: Prometheus answered with status 401; see headers: under prometheus:",
    ],
    [
      "another path",
      answering("not here", 404),
      "provider-error: Prometheus answered with status 404; prometheus.url may need a path, such as /prometheus",
    ],
    [
      "a redirect",
      answering("", 302),
      "provider-error: Prometheus answered with status 302; write the address that it leads to in prometheus.url",
    ],
    ["a server that is ill", answering("oh", 503), "provider-error: Prometheus answered with status 503"],
    [
      "a page",
      answering("<html>"),
      "provider-error: what answers is not Prometheus; prometheus.url may need a path, such as /prometheus",
    ],
    [
      "JSON of something else",
      answering('{"status":"success","data":[]}'),
      "provider-error: what answers is not Prometheus; prometheus.url may need a path, such as /prometheus",
    ],
    [
      "no answer at all",
      (_: Asked, response: ServerResponse) => void response.destroy(),
      expect.stringMatching(/^provider-error: Prometheus cannot be reached at http:\/\/127\.0\.0\.1:\d+: /),
    ],
    ["nothing", answering(vector()), "no-data: Prometheus has no series depth whose instance label is a"],
    [
      "another host's series",
      answering(gauge("1").replace("a:1", "b:1")),
      "no-data: Prometheus has no series depth whose instance label is a",
    ],
    ["a value that is none", answering(gauge("many")), "provider-error: many is no number"],
    [
      "a native histogram",
      answering(
        JSON.stringify({
          status: "success",
          data: { resultType: "vector", result: [{ metric: {}, histogram: [1, {}] }] },
        }),
      ),
      "provider-error: the query gives native histograms, which ship does not read",
    ],
    [
      "a matrix",
      answering('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      "provider-error: the query gives a matrix, and one number is needed",
    ],
    [
      "a scalar in place of series",
      answering('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'),
      "provider-error: Prometheus' answer has no series",
    ],
    [
      "more than fits",
      answering(" ".repeat(16 * 1024 ** 2 + 1)),
      "provider-error: Prometheus' answer has more than 16 MB: select fewer series",
    ],
  ])("%s", async (_, answer, said) => {
    expect(await missing(answer)).toEqual(said);
  });

  test("silence, after its time (cell 68)", async () => {
    expect(await missing(() => {}, { timeout: 50 })).toBe(
      "provider-error: Prometheus gave no answer within 50 ms; see timeout: under prometheus:",
    );
  });

  test("a server that is not there (cell 67)", async () => {
    const { url, close } = await listen(createServer());
    await close();
    const [found] = await read(depth, one, { url: url.replace("//", "//user:s3cr3t@") });
    expect(found?.reading).toMatchObject({
      detail: expect.stringMatching(/^Prometheus cannot be reached at http:\/\/127.*ECONNREFUSED/),
    });
    expect(JSON.stringify(found)).not.toContain("s3cr3t");
  });

  test("headers that are none are not shown", async () => {
    expect(await missing(answering(vector()), { headers: { Authorization: "Bearer s3cr3t\nX: y" } })).toBe(
      "provider-error: the headers under prometheus: cannot be sent",
    );
  });

  test("of several hosts each has its own", async () => {
    const { url } = await fake(answering(gauge("7")));
    const found = await read(depth, [...one, hostNamed("b")], { url });
    expect(found.map(({ reading }) => reading.type)).toEqual(["gauge", "missing"]);
  });
});

describe("what is odd and still a number is handed on", () => {
  test.each([
    ["NaN", Number.NaN],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["-Inf", Number.NEGATIVE_INFINITY],
    ["1.5e3", 1500],
  ])("%s", async (text, value) => {
    const { url } = await fake(answering(gauge(text)));
    const [found] = await read(depth, one, { url });
    expect(found?.reading).toEqual({ type: "gauge", value });
  });

  test("and warnings are kept out of the way", async () => {
    const { url } = await fake(answering(gauge("1").replace('{"status"', '{"warnings":["slow"],"status"')));
    expect((await read(depth, one, { url }))[0]?.reading).toEqual({ type: "gauge", value: 1 });
  });
});

describe("the time of a sample", () => {
  const at = (role: string, value: string, instance = "a") => [{ instance, ship_role: role }, value] as const;

  test("is ours, less its age by the server's clock", async () => {
    const { url } = await fake(answering(vector(at("value", "7"), at("value time", "990.25"))));
    const [found] = await read(depth, one, { url }, { now: () => 5_000_000 });
    expect(found).toMatchObject({ at: 5_000_000 - 10_250, stamp: 990_250 });
  });

  test("is that of the older of two roles, and of the newest series in each", async () => {
    const roles = [
      at("bad", "1"),
      at("all", "9"),
      at("bad time", "990"),
      at("bad time", "980", "a:2"),
      at("all time", "1000"),
    ];
    const { url } = await fake(answering(vector(...roles)));
    const [found] = await read({ ratio: { bad: "e", all: "r" } }, one, { url }, { now: () => 5_000_000 });
    expect(found).toMatchObject({ stamp: 990_000, at: 5_000_000 - 10_500 });
  });

  test("is left to the caller where the server says none", async () => {
    const { url } = await fake(answering(vector(at("value", "7"))));
    expect((await read(depth, one, { url }))[0]).not.toHaveProperty("at");
  });
});

describe("the start of the process", () => {
  const series = (instance: string, job: string, value: string, role = "value") =>
    [{ instance, job, ship_role: role }, value] as const;

  function started(metric: string, starts: string) {
    return fake(({ form }, response) => {
      const own = form.get("query")?.startsWith("process_start_time_seconds") === true;
      answering(own ? starts : metric)({} as Asked, response);
    });
  }

  test("is that of the series' own target, the oldest of several", async () => {
    const metric = vector(series("a:1", "app", "1"), series("a:2", "app", "1"));
    const starts = vector(series("a:1", "app", "70"), series("a:2", "app", "60"), series("a:2", "exporter", "5"));
    const { url } = await started(metric, starts);
    expect((await read({ rate: "jobs" }, one, { url }))[0]?.start).toBe(60_000);
  });

  test("is not asked for where an exporter stands between", async () => {
    const { url, asked } = await started(vector(series("a:1", "app", "1")), vector(series("a:1", "app", "5")));
    expect((await read({ rate: "jobs", exporter: true }, one, { url }))[0]).not.toHaveProperty("start");
    expect(asked).toHaveLength(1);
  });

  test("may be unknown", async () => {
    for (const starts of [
      vector(),
      vector(series("a:1", "other", "5")),
      vector(series("a:1", "app", "NaN")),
      "<html>",
    ]) {
      const { url } = await started(vector(series("a:1", "app", "1")), starts);
      expect((await read({ rate: "jobs" }, one, { url }))[0]).not.toHaveProperty("start");
    }
  });
});

describe("the question", () => {
  test("is posted as a form, below the server's path, with its headers", async () => {
    const { url, asked } = await fake(answering(gauge("1")));
    await read(depth, one, { url: `${url}/prom/?tenant=1`, headers: { "X-Scope-OrgID": "one" }, timeout: 4000 });
    expect(asked.map(({ method, url: path, headers }) => [method, path, headers["x-scope-orgid"]])).toEqual([
      ["POST", "/prom/api/v1/query?tenant=1", "one"],
      ["POST", "/prom/api/v1/query?tenant=1", "one"],
    ]);
    const queries = asked.map(({ form }) => form.get("query")).sort();
    const depths = 'depth{instance=~"(?:a)(?::[0-9]+)?"}';
    expect(queries).toEqual([
      `label_replace(${depths},"ship_role","value","","") or label_replace(max by (instance) (timestamp(${depths})),"ship_role","value time","","")`,
      'process_start_time_seconds{instance=~"(?:a)(?::[0-9]+)?"}',
    ]);
    expect(asked[0]?.form.get("timeout")).toBe("4000ms");
  });

  test("comes from the user in the address, unless a header says who asks", async () => {
    const { url, asked } = await fake(answering(gauge("1")));
    const named = url.replace("//", "//me:p%40ss@");
    await read(depth, one, { url: named });
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
    await read(depth, one, { url: named, headers: { authorization: "Bearer t" } });
    expect(asked.at(-1)?.headers.authorization).toBe("Bearer t");
  });

  test("goes nowhere else with them", async () => {
    const other = await fake(answering(gauge("1")));
    const { url } = await fake((_, response) => void response.writeHead(307, { location: other.url }).end());
    await read(depth, one, { url, headers: { Authorization: "Bearer s3cr3t" } });
    expect(other.asked).toEqual([]);
  });

  test("about the metadata is asked only where a counter has no series anywhere", async () => {
    const all = vector([{ __name__: "r", instance: "a", ship_role: "all" }, "5"]);
    const known = (family: string) =>
      fake(({ url }, response) => {
        const data = url.includes(`metric=${family}&`) ? { [family]: [{}] } : {};
        answering(url.includes("/metadata") ? JSON.stringify({ status: "success", data }) : all)({} as Asked, response);
      });
    for (const family of ["e_total", "e"]) {
      const { url } = await known(family);
      const [found] = await read({ ratio: { bad: "e_total", all: "r" } }, one, { url });
      expect(found?.reading, family).toEqual({ type: "counters", series: { 'all{instance="a"}': 5 } });
    }
    const unknown = await known("other");
    const [found] = await read({ ratio: { bad: "e_total", all: "r" } }, one, unknown);
    expect(found?.reading).toMatchObject({ cause: "no-data" });
    const same = await known("other");
    await read({ ratio: { bad: 'r{code="500"}', all: "r" } }, one, same);
    expect(same.asked.some(({ url }) => url.includes("/metadata"))).toBe(false);
  });
});

describe("a query of the config's own", () => {
  const hosts = ["new", "warming", "old"].map((name) => hostNamed(name));
  const query = 'sum(depth{instance=~"{hosts}"}[{window}])';
  const from = new Map([
    ["new", 0],
    ["warming", 50_000],
  ]);
  const more = { from, now: () => 100_000 };
  /** Answers how many hosts it was asked about. */
  const counting = () =>
    fake(({ form }, response) => {
      const names = /\(\?:([^)]*)\)/.exec(form.get("query") ?? "")?.[1]?.split("|") ?? [];
      answering(vector([{}, `${names.length}`]))({} as Asked, response);
    });

  test("is asked once for those that are warm, the others and all", async () => {
    const { url, asked } = await counting();
    const found = await read({ query, window: "1m" }, hosts, { url }, more);
    expect(found.map(({ host, reading }) => [host, reading])).toEqual([
      ["@changed", { type: "gauge", value: 1 }],
      ["@baseline", { type: "gauge", value: 1 }],
      ["@fleet", { type: "gauge", value: 3 }],
    ]);
    expect(asked.map(({ form }) => form.get("query")).sort()[0]).toBe(
      'sum(depth{instance=~"(?:new)(?::[0-9]+)?"}[60s])',
    );
    expect(asked).toHaveLength(3);
  });

  test("is asked for each changed host where an assertion wants it", async () => {
    const { url } = await counting();
    const found = await read({ query, window: "1500ms" }, hosts, { url, each: true }, more);
    expect(found.slice(3).map(({ host, reading }) => [host, reading])).toEqual([
      ["new", { type: "gauge", value: 1 }],
      ["warming", { type: "gauge", value: 1 }],
    ]);
    const early = await read({ query, window: "1m" }, hosts, { url, each: true }, { ...more, now: () => 50_000 });
    expect(early.map(({ host, reading }) => [host, reading.type === "missing" && reading.detail])).toEqual([
      ["@changed", "is warming up"],
      ["@baseline", false],
      ["@fleet", false],
      ["new", "is warming up"],
      ["warming", "is warming up"],
    ]);
  });

  test("has no number of hosts that are not there", async () => {
    const { url } = await counting();
    const names = async (given: Parameters<typeof read>[3]) =>
      (await read({ query: query.replace("[{window}]", "") }, hosts, { url }, given)).map(({ host }) => host);
    expect(await names({ from: new Map() })).toEqual(["@baseline", "@fleet"]);
    expect(await names({ from: new Map(hosts.map(({ name }) => [name, 0])) })).toEqual(["@changed", "@fleet"]);
  });

  test("without {hosts} is asked once, and stands for all", async () => {
    const { url, asked } = await counting();
    const found = await read({ query: "scalar(x)" }, hosts, { url }, more);
    expect(found.map(({ reading }) => reading)).toEqual(Array(3).fill({ type: "gauge", value: 0 }));
    expect(asked).toHaveLength(1);
  });

  test("is not asked for more than eight at a time (cell 68)", async () => {
    const many = Array.from({ length: 40 }, (_, index) => hostNamed(`h${index}`));
    let open = 0;
    let most = 0;
    const { url } = await fake((_, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.end(vector([{}, "1"]));
      }, 5);
    });
    const given = { from: new Map(many.map(({ name }) => [name, 0])) };
    const found = await read({ query: 'x{instance=~"{hosts}"}' }, many, { url, each: true }, given);
    expect(found).toHaveLength(42);
    expect(found.every(({ reading }) => reading.type === "gauge")).toBe(true);
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe("an entry under metrics", () => {
  const from = "prometheus";

  test.each([
    [
      { from, query: "x" },
      { grouped: true, shape: { type: "gauge" }, settings: { query: "x", window: 0, each: false } },
    ],
    [{ from, query: "x[{window}]", window: "1m30s" }, { settings: { window: 90_000 } }],
    [
      { from, gauge: "x", across: "sum" },
      { grouped: false, across: "sum", settings: { selectors: { value: "x" } } },
    ],
    [{ from, quantile: 0.9, of: "took" }, { settings: { selectors: { le: "took_bucket" } } }],
  ])("%j", (entry, expected) => {
    expect(MetricSpec.parse(entry)).toMatchObject({ provider: from, ...expected });
  });

  test.each([
    [{ from }, ["gauge"], /one of gauge/],
    [{ from, gauge: "x", window: "1m" }, ["window"], /belongs to query/],
    [{ from, query: "x", gauge: "x" }, ["query"], /stands alone: take out gauge/],
    [{ from, query: "x", across: "sum" }, ["query"], /take out across/],
    [{ from, query: "x", exporter: true }, ["query"], /take out exporter/],
    [{ from, query: "x", window: "60" }, ["window"], /not a duration/],
    [{ from, query: "x[{window}]" }, ["query"], /no window is written/],
    [{ from, query: "x{instance=~{hosts}}" }, ["query"], /in quotes/],
    [{ from, query: 'x{instance=~"{host}"}' }, ["query"], /are \{hosts\}/],
    [{ from, query: "" }, ["query"], /./],
    [{ from, gauge: "x{" }, ["gauge"], /label="value"/],
  ])("%j is refused at %j", (entry, path, message) => {
    const issue = MetricSpec.safeParse(entry).error?.issues[0];
    expect(issue?.path).toEqual(path);
    expect(issue?.message).toMatch(message);
  });

  test("names who answers without user, password and query", () => {
    const settings = { url: "https://me:s3cr3t@p:9090/prom/?x=1", instance: "{host}", headers: {}, timeout: 1 };
    expect(prometheus.origin({ ...settings, selectors: {}, exporter: false })).toBe("prometheus https://p:9090/prom");
    expect(prometheus.origin({ ...settings, url: "http://p:9090", selectors: {}, exporter: false })).toBe(
      "prometheus http://p:9090",
    );
  });
});
