import { describe, expect, test } from "vitest";
import { apiOf, cohorts, component, configOf, load, texts } from "./folder.ts";

const server = `prometheus: { url: "http://p:9090", instance: "{host}:1", headers: { Authorization: "Bearer \${TOKEN}" } }\n`;
const open = 'prometheus: { url: "http://p:9090" }\n';
const depth = "    metrics: { depth: { from: prometheus, gauge: depth } }\n";

function queried(query: string, ...assertions: readonly string[]): string {
  const lines = [
    `    metrics: { depth: { from: prometheus, query: '${query}', window: 1m } }`,
    `    assertions: [${assertions.join(", ")}]`,
  ];
  return `${open}${component}${lines.join("\n")}\n`;
}

const grouped = 'sum(depth{instance=~"{hosts}"})';

describe("the server", () => {
  test("stands in the settings of every metric that comes from it", async () => {
    const several = `    metrics: { depth: [{ from: exec, run: x }, { from: prometheus, gauge: depth }] }\n`;
    const api = apiOf(await load(`${server}${component}${several}`, { env: { TOKEN: "s3cr3t" } }));
    expect(api.metrics.map(({ sources }) => sources)).toMatchObject([
      [
        { provider: "exec" },
        {
          provider: "prometheus",
          settings: {
            selectors: { value: "depth" },
            url: "http://p:9090",
            instance: "{host}:1",
            headers: { Authorization: "Bearer s3cr3t" },
            timeout: 5000,
          },
        },
      ],
    ]);
  });

  test("has headers that are never shown, and needs them where a component in use has a metric from it", async () => {
    const loaded = await load(`${server}${component}${depth}`, { env: { TOKEN: "s3cr3t" } });
    expect(configOf(loaded).secrets).toEqual(["Bearer s3cr3t", "s3cr3t"]);
    const web = component.replace("components:\n", "").replace("api:", "web:").replace("/srv/api", "/srv/web");
    const both = `${server}${component}${depth}${web}`;
    expect(texts(await load(both, { only: { component: "api" } }))).toContain('"TOKEN" is not set');
    expect((await load(both, { only: { component: "web" } })).type).toBe("ok");
    expect((await load(`${server}${component}`)).type).toBe("ok");
  });

  test.each([
    ["{ A: 1 }", "1 is a number to YAML"],
    ['{ "A B": s3cr3t }', "these cannot be headers"],
    [`{ A: "\${TOKEN}" }`, "these cannot be headers"],
  ])("is refused with headers %s", async (headers, message) => {
    const text = `${open.replace(" }", `, headers: ${headers} }`)}${component}${depth}`;
    const told = texts(await load(text, { env: { TOKEN: "s3cr3t\nB: c" } }));
    expect(told).toContain(message);
    expect(told).not.toContain("s3cr3t");
  });

  test("has to be written where a metric comes from it", async () => {
    const two =
      "    metrics: { a: { from: prometheus, gauge: a }, b: [{ from: exec, run: x }, { from: prometheus, gauge: b }] }\n";
    const told = texts(await load(`${component}${two}`));
    expect(told.match(/nothing says where Prometheus is/g)).toHaveLength(2);
    expect(told).toContain("ship.config.yaml:7:27: nothing says where Prometheus is");
  });

  test("may be wrong in a recovery", async () => {
    for (const text of [
      `${component}${depth}`,
      `${server}${component}${depth}`,
      `prometheus: { url: 5 }\n${component}${depth}`,
    ]) {
      const loaded = await load(text, { mode: "recovery", only: { component: "api" } });
      expect(apiOf(loaded).path).toBe("/srv/api");
      expect(texts(loaded)).not.toBe("");
    }
  });
});

describe("the instance labels", () => {
  const labelled = (instance: string) => `${open.replace(" }", `, instance: "${instance}" }`)}${component}${depth}`;

  test("may be made of what every host has", async () => {
    for (const instance of ["{host}", "{host}:{role}", "{address}"])
      expect(texts(await load(labelled(instance))), instance).toBe("");
  });

  test("cannot be made of what one of them has not", async () => {
    expect(texts(await load(labelled("{host}-{zone}")))).toMatch(/"\{zone\}" is not known for a-01/);
    expect(texts(await load(labelled("{hots}")))).toMatch(/"\{hots\}" is not known[\s\S]*host/);
  });

  test("cannot be the same for two hosts", async () => {
    expect(texts(await load(labelled("{role}:9100")))).toMatch(/a-01 and a-04 would have the same instance label/);
  });
});

describe("a query", () => {
  test("is asked for each host alone where that is asserted", async () => {
    for (const [assertion, each] of [
      ["each.depth < 5", true],
      ["depth < 5", false],
    ] as const)
      expect(apiOf(await load(queried(grouped, assertion))).metrics[0]?.sources[0]?.settings).toMatchObject({ each });
  });

  test.each(["each", "baseline"])("without {hosts} cannot stand for %s", async (scope) => {
    expect(texts(await load(queried("sum(depth)", `depth < 2 * ${scope}.depth`)))).toContain(
      `ship.config.yaml:8:50: ${scope}.depth is asserted, and this query gives the same number for all hosts`,
    );
    expect(texts(await load(queried("sum(depth)", "fleet.depth < 2", "depth < 3")))).toBe("");
  });

  test("has its hosts in it before the bake is over", async () => {
    const baked = (bake: string, assertion: string) =>
      load(
        `${queried(grouped, assertion)}    stages: [{ cohort: internal, bake: 5m }, { cohort: all, bake: ${bake} }]\n`,
      );
    expect(texts(await baked("70s", "depth < 5"))).toContain(
      "ship.config.yaml:8:93: the bake of all (1 m 10 s) is over before its hosts are in this number: they are warm after 10 s, and it looks back 1 m",
    );
    expect(texts(await baked("80s", "depth < 5"))).toBe("");
    for (const other of [
      "fleet.depth < 5",
      "baseline.depth < 5",
      "{ assert: depth < 5, observe_only: true }",
      "{ assert: depth < 5, from: internal }",
    ])
      expect(texts(await baked("70s", other)) === "", other).toBe(!other.includes("internal"));
  });

  test("cannot stand for a number of each host, nor the other way round", async () => {
    const mixed = `[{ from: prometheus, query: x }, { from: exec, run: x }]`;
    expect(texts(await load(`${open}${component}    metrics: { depth: ${mixed} }\n`))).toContain(
      "a query gives one number for many hosts",
    );
  });

  test("needs all hosts to be known to say more of them", async () => {
    const files = { ...cohorts, "cohorts/all.yaml": "includes: [internal]\nfrom: ./none.sh\n" };
    const text = `${open.replace(" }", ', instance: "{zone}" }')}${component}${depth}`;
    expect(texts(await load(text, {}, files))).not.toContain("{zone}");
  });
});
