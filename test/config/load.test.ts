import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { complaintText } from "../../src/config/complaint.ts";
import { loadConfig } from "../../src/config/load.ts";
import { apiOf, cohorts, component, configOf, folderWith, load, texts } from "./folder.ts";

const sample = { file: "ship.config.yaml", cwd: join(import.meta.dirname, "sample"), env: process.env };

describe("the sample of the design", () => {
  test("has no complaint but one for each key that is not built yet", async () => {
    const loaded = await loadConfig(sample);
    const complaints = loaded.type === "complaints" ? loaded.complaints : [];
    expect(complaints.map(({ message }) => message.replace(/ is not built yet; .*/, ""))).toEqual([
      '"notify"',
      '"brokers"',
    ]);
    expect(complaints.map(complaintText).join("\n\n")).toMatchSnapshot();
  });

  test("is read whole in a recovery", async () => {
    const config = configOf(await loadConfig({ ...sample, mode: "recovery", only: { component: "api" } }));
    const components = [...config.components.values()].map((component) => ({ ...component, root: "" }));
    expect({ ...config, file: "", root: "", components }).toMatchSnapshot();
  });
});

describe("defaults", () => {
  test("are those of the design", async () => {
    expect(apiOf(await load(component))).toMatchObject({
      activateWithin: 60_000,
      healthy: { within: 30_000, for: 5_000, proof: "version" },
      process: { type: "unit", unit: "api" },
      keep: 5,
      stages: [
        { cohort: "internal", bake: 300_000, share: undefined },
        { cohort: "all", bake: 300_000, share: undefined },
      ],
      maxUnavailable: { type: "percent", percent: 10 },
      maxFailed: { type: "count", count: 0 },
      rollback: { maxUnavailable: { type: "percent", percent: 25 } },
      onFailure: "rollback",
      onBlind: "hold",
      warmup: 10_000,
    });
  });

  test("leave out the stage of a cohort that adds no host of the component (cell 4)", async () => {
    const api = apiOf(await load(`${component}    hosts: { zone: b }\n`));
    expect(api.stages.map(({ cohort }) => cohort)).toEqual(["all"]);
  });

  test("ask of tcp and exec for a new process", async () => {
    const api = apiOf(await load(component.replace(/healthy: .*/, "healthy: { type: tcp, port: 80 }")));
    expect(api.healthy).toMatchObject({ proof: "process", how: { type: "tcp", address: "127.0.0.1", port: 80 } });
  });

  test("assert health and restarts, unless the config says it in the same words", async () => {
    const always = apiOf(await load(component)).assertions;
    expect(always.map(({ text, allow }) => [text, allow.bad, allow.of])).toEqual([
      ["each.healthy", 2, 5],
      ["each.restarts == 0", 0, 1],
    ]);
    const own = `${component}    assertions: [{ assert: each.healthy, allow: 4 of 9 }]\n`;
    expect(apiOf(await load(own)).assertions.map(({ text, allow }) => [text, allow.of])).toEqual([
      ["each.healthy", 9],
      ["each.restarts == 0", 1],
    ]);
  });

  test("do not assert the health of a component that has none", async () => {
    const bare = `${component.replace(/ {4}healthy: .*\n/, "")}    assertions: [rss < 1000]\n`;
    expect(apiOf(await load(bare)).assertions.map(({ text }) => text)).toEqual(["rss < 1000", "each.restarts == 0"]);
  });
});

describe("the file", () => {
  test("is looked for upwards", async () => {
    const folder = await folderWith({ "ship.config.yaml": component, ...cohorts });
    await mkdir(join(folder, "deep/er"), { recursive: true });
    const config = configOf(await loadConfig({ file: undefined, cwd: join(folder, "deep/er"), env: {} }));
    expect([config.file, config.root]).toEqual([join(folder, "ship.config.yaml"), folder]);
  });

  test("that is named brings the cohorts beside it", async () => {
    const folder = await folderWith({
      "staging/ship.config.yaml": component,
      "staging/cohorts/all.yaml": "hosts: [s-1]",
    });
    const config = configOf(await loadConfig({ file: "staging/ship.config.yaml", cwd: folder, env: {} }));
    expect(config.fleet.cohorts.map(({ name, hosts }) => [name, hosts.length])).toEqual([["all", 1]]);
  });

  test("that is missing, too large, or not text is a complaint", async () => {
    const folder = await folderWith({ "big.yaml": "#".repeat(1024 * 1024 + 1), ...cohorts });
    const at = (file: string) => loadConfig({ file, cwd: folder, env: {} });
    expect(texts(await at("none.yaml"))).toBe("none.yaml:1:1: there is no such file");
    expect(texts(await at("big.yaml"))).toContain("big.yaml:1:1: the file has 1048577 bytes");
    expect(texts(await loadConfig({ file: "cohorts", cwd: folder, env: {} }))).toContain("cannot be read");
  });
});

describe("the environment", () => {
  const text = `${component}    env: { A: "\${TOKEN}", B: "\${LEVEL:-info}" }\n    undrain: echo \${HOME_OF_SHELL}\n`;

  test("fills what is written, but not the shell's own variables", async () => {
    const loaded = await load(text, { env: { TOKEN: "hunter2" } });
    expect(apiOf(loaded)).toMatchObject({ env: { A: "hunter2", B: "info" }, undrain: `echo \${HOME_OF_SHELL}` });
    expect(configOf(loaded).secrets).toEqual(["hunter2"]);
  });

  test("that is not set is a complaint at its place", async () => {
    expect(texts(await load(text))).toMatch(/^ship.config.yaml:7:16: "TOKEN" is not set in the environment\n/);
  });

  test("is needed for the component in use only", async () => {
    const web = `${text}${component.replace("components:\n", "").replace("api:", "web:").replace("/srv/api", "/srv/web")}`;
    expect((await load(web, { only: { component: "web" } })).type).toBe("ok");
    expect((await load(web, { only: { component: "api" } })).type).toBe("complaints");
  });

  test("S28: is not told in a complaint, and neither is what the schema marks secret, however YAML spells it", async () => {
    const secret = component.replace(/source: .*/, 'source: { type: http, headers: { X: "s3cr3t" }, url: 5 }');
    const told = texts(await load(secret));
    expect(told).toContain('headers: { X: "******" }, url: 5 }');
    expect(told).not.toContain("s3cr3t");
    for (const spelled of ['"s3cr\\u0033t"', '"s3\\x63r3t"', "'s3cr3t'", "s3cr3t", "|-\n      s3cr3t\n     "]) {
      const escaped = texts(await load(secret.replace('"s3cr3t"', spelled)));
      expect(escaped).not.toMatch(/s3cr|\\[ux]/);
    }
    const source = "source: { type: git, repo: 'https://me:s3%40cr3t@git.example.com/a.git', reff: v }";
    expect(texts(await load(component.replace(/source: .*/, source)))).not.toMatch(/s3%40cr3t|s3@cr3t/);
    const hook = "https://hooks.example.com/T0/s3cr3t";
    const notify = texts(await load(`${component}notify: [{ type: slack, url: "${hook}" }]\n`));
    expect(notify).toContain('"notify" is not built yet');
    expect(notify).not.toContain("s3cr3t");
    const filled = `${component.replace("http://127.0.0.1:8080/health", "$" + "{TOKEN}")}`;
    expect(texts(await load(filled, { env: { TOKEN: "hunter2" } }))).not.toContain("hunter2");
  });
});

describe("a recovery", () => {
  const broken = [
    "nottify: 3",
    component,
    "    keep: many",
    "    stages: [{ cohort: nowhere }, { cohort: all, bake: 5 }]",
    "    assertions: [p98 < 3, rss < 5]",
    "    aprove: true",
    '    env: { A: "$' + '{UNSET}" }',
    "  web: { path: 5 }",
    "",
  ].join("\n");
  const recovery = { mode: "recovery", only: { component: "api" } } as const;

  test("goes on with defaults where something else is wrong, and warns", async () => {
    const loaded = await load(broken, recovery);
    expect(apiOf(loaded)).toMatchObject({ path: "/srv/api", keep: 5, env: {} });
    expect(apiOf(loaded).assertions.map(({ text }) => text)).toContain("rss < 5");
    expect(configOf(loaded).components.has("web")).toBe(false);
    expect(texts(loaded)).toMatchSnapshot();
  });

  test("is what it takes: the same config is refused otherwise", async () => {
    expect((await load(broken, { only: { component: "api" } })).type).toBe("complaints");
  });

  test.each([
    ["ssh", `ssh: { usr: x }\n${component}`],
    ["its hosts", `${component}    hosts: { role: nobody }\n`],
    ["its path", component.replace("/srv/api", "../api")],
    ["its name", component.replace("  api:", "  apu:")],
    ["a file that is not YAML", `${component}\t- x`],
  ])("is refused for %s", async (_, text) => {
    const loaded = await load(text, recovery);
    expect(loaded.type).toBe("complaints");
    expect(texts(loaded)).not.toBe("");
  });

  test("does not need an inventory program that works", async () => {
    const files = { ...cohorts, "cohorts/all.yaml": "includes: [internal]\nfrom: ./none.sh\n" };
    expect((await load(component, {}, files)).type).toBe("complaints");
    const loaded = await load(component, recovery, files);
    expect(configOf(loaded).fleet.cohorts.map(({ hosts }) => hosts.length)).toEqual([1, 1]);
    expect(texts(loaded)).toContain("there is no such program");
  });
});
