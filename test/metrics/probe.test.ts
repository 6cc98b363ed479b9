import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { growth, pooledBuckets, quantileOf } from "../../src/core/counts.ts";
import type { Answer } from "../../src/core/host.ts";
import { probe, probeMetrics } from "../../src/metrics/probe.ts";
import type { Asking } from "../../src/metrics/provider.ts";
import { type Fake, fakeAsking, hostNamed } from "./fake.ts";

const url = "http://127.0.0.1:8080/";
const ok: Answer = { type: "body", status: 200, body: "" };
const failed: Answer = { type: "failed", detail: "nothing answers", log: "" };
const there: Answer = { type: "processes", process: undefined };

/** What was found for probe.error_rate and probe.p99 on each host. */
async function read({ asking }: Fake, every = 100, at = url) {
  const metrics = probeMetrics({ url: at, every });
  const wishes = metrics.flatMap(({ shape, sources }) => sources.map(({ settings }) => ({ shape, settings })));
  expect(new Set(wishes.map(({ settings }) => probe.key(settings))).size).toBe(1);
  const reading = probe.read(wishes, asking);
  await vi.runAllTimersAsync();
  const [ratio = [], histogram = []] = await reading;
  return { ratio, histogram };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const sleep = (ms: number) => new Promise((done) => void setTimeout(done, ms));
const gets = ({ asked }: Fake) => asked.filter(({ look }) => look.type === "get").length;
const hosts = [hostNamed("a")];
const quick: Partial<Asking> = { every: 400, from: new Map([["a", 0]]) };

describe("ship's own requests", () => {
  test("give both metrics from one set", async () => {
    const fake = fakeAsking(hosts, () => ok, quick);
    const { ratio, histogram } = await read(fake);
    expect(fake.asked).toEqual(
      Array.from({ length: 4 }, () => ({ host: "a", look: { type: "get", url, within: 5000, cap: 8 * 1024 * 1024 } })),
    );
    expect(ratio).toEqual([
      { host: "a", at: undefined, reading: { type: "growth", series: { bad: 0, all: 4 }, over: 400 } },
    ]);
    expect(histogram).toMatchObject([
      { host: "a", reading: { type: "growth", series: { "le=5000": 4, "le=+Inf": 4 }, over: 400 } },
    ]);
  });

  test.each([
    [400, 100, 4],
    [400, 1000, 1],
    [400, 160, 3],
    [200, 1, 20],
  ])("every %d ms with a probe every %d ms are %d", async (every, each, count) => {
    const fake = fakeAsking(hosts, () => ok, { ...quick, every });
    await read(fake, each);
    expect(gets(fake)).toBe(count);
  });

  test("are spread over half of the time", async () => {
    const at: number[] = [];
    const begun = performance.now();
    const look = () => {
      at.push(performance.now() - begun);
      return ok;
    };
    await read(fakeAsking(hosts, look, quick));
    expect(at).toEqual([0, 50, 100, 150]);
  });

  test.each([
    [60, [0, 60, 120, 180]],
    [120, [0, 120]],
    [5000, [0]],
  ])("end at half of the time, when each takes %d ms", async (took, starts) => {
    const at: number[] = [];
    const begun = performance.now();
    const look = async () => {
      at.push(performance.now() - begun);
      await sleep(took);
      return ok;
    };
    await read(fakeAsking(hosts, look, quick), 100);
    expect(at).toEqual(starts);
  });

  test("are taken one after another, on all hosts at once", async () => {
    let under = 0;
    let most = 0;
    const each = new Map<string, number>();
    const fake = fakeAsking(
      [hostNamed("a"), hostNamed("b")],
      async (_, host) => {
        under += 1;
        most = Math.max(most, under);
        each.set(host, (each.get(host) ?? 0) + 1);
        await sleep(5);
        under -= 1;
        return ok;
      },
      { every: 400 },
    );
    await read(fake);
    expect(most).toBe(2);
    expect([...each.keys()].sort()).toEqual(["a", "b"]);
  });

  test("have edges that a limit can lie on, in ms, and count what failed in +Inf only", async () => {
    const answers: Answer[] = [ok, { ...ok, status: 302 }, { ...ok, status: 404 }, { ...ok, status: 500 }];
    const fake = fakeAsking(hosts, () => answers.shift() ?? ok, quick);
    const { ratio, histogram } = await read(fake);
    const [reading] = histogram.map((one) => one.reading);
    if (reading?.type !== "growth" || ratio[0]?.reading.type !== "growth") return expect.unreachable();
    expect(ratio[0].reading.series).toEqual({ bad: 2, all: 4 });
    expect(Object.keys(reading.series)).toEqual(
      ["1", "2", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "+Inf"].map(
        (edge) => `le=${edge}`,
      ),
    );
    expect(reading.series).toMatchObject({ "le=5000": 2, "le=+Inf": 4 });
    const grown = growth([{ at: 0, reading }]);
    expect(grown && quantileOf(0.99, pooledBuckets([grown]))).toEqual({ value: 5000, atLeast: true });
  });

  test.each([
    [50, "le=25", "le=50"],
    [51, "le=50", "le=100"],
    [4999, "le=2500", "le=5000"],
  ])("that took %d ms are in %s no more, and in %s", async (took, below, above) => {
    const look = async () => {
      await sleep(took);
      return ok;
    };
    const { histogram } = await read(fakeAsking(hosts, look, quick), 400);
    expect(histogram).toMatchObject([{ reading: { series: { [below]: 0, [above]: 1, "le=+Inf": 1 } } }]);
  });
});

describe("a request without an answer", () => {
  test("is bad where the host is there", async () => {
    const fake = fakeAsking(hosts, ({ type }) => (type === "get" ? failed : there), quick);
    const { ratio } = await read(fake);
    expect(ratio).toMatchObject([{ reading: { type: "growth", series: { bad: 4, all: 4 } } }]);
    expect(fake.asked.filter(({ look }) => look.type === "processes")).toHaveLength(1);
  });

  test("says nothing of the service where the host is away", async () => {
    const away: Answer = { type: "unreachable", cause: "unreachable", reason: "no route" };
    const fake = fakeAsking(hosts, ({ type }) => (type === "get" ? failed : away), quick);
    const { ratio, histogram } = await read(fake);
    const reading = { type: "missing", cause: "provider-error", detail: "no route" };
    expect([ratio, histogram]).toMatchObject([[{ reading }], [{ reading }]]);
  });

  test.each<Answer>([
    { type: "lost", reason: "the host's sshd forbids forwarding" },
    { type: "unreachable", cause: "auth", reason: "denied" },
  ])("ends the reading where the way there failed: $reason", async (answer) => {
    const fake = fakeAsking(hosts, () => answer, quick);
    const { ratio } = await read(fake);
    expect(gets(fake)).toBe(1);
    expect(ratio).toMatchObject([{ reading: { type: "missing", cause: "provider-error" } }]);
  });
});

describe("when", () => {
  test("a host that is warming up is not asked", async () => {
    const fake = fakeAsking(hosts, () => ok, { ...quick, from: new Map([["a", 43]]) });
    const { ratio } = await read(fake);
    expect(fake.asked).toEqual([]);
    expect(ratio).toEqual([
      { host: "a", at: 42, reading: { type: "missing", cause: "no-data", detail: "is warming up" } },
    ]);
  });

  test("a host that may be changed while it is asked gives numbers of the time before", async () => {
    let now = 42;
    const fake = fakeAsking(hosts, () => ok, { every: 100, now: () => now++ });
    const { ratio } = await read(fake);
    expect(ratio).toMatchObject([{ at: 42, reading: { type: "growth" } }]);
  });
});

test("an address may be made of the host's words", async () => {
  const fake = fakeAsking([hostNamed("a", { port: "81" }), hostNamed("b")], () => ok, { every: 100 });
  const { ratio } = await read(fake, 100, "http://me:pass@{host}:{port}/");
  expect(fake.asked).toMatchObject([{ host: "a", look: { url: "http://me:pass@a:81/" } }]);
  expect(ratio[1]).toMatchObject({ host: "b", reading: { detail: "{port} is not known for b" } });
  expect(probe.origin({ url: "http://me:pass@{host}:{port}/", every: 1 })).toBe("probe http://{host}:{port}/");
});
