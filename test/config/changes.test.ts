import { describe, expect, test } from "vitest";
import { besides, changeOf } from "../../src/changes/index.ts";
import { component, configOf, load, texts } from "./folder.ts";

const rate = (spec: string) => `${component}rates: { publish: ${spec} }\n`;
const flag = (spec: string) => `${component}flags: { lxc: ${spec} }\n`;

test("what is declared comes with its defaults, and lies under the component's folder", async () => {
  const { declared } = configOf(await load(rate("{ component: api, default: 10 }")));
  expect(declared.rates.get("publish")).toEqual({
    name: "publish",
    component: "api",
    default: 10,
    min: 0,
    max: Infinity,
  });
  expect(declared.files).toEqual({ flags: "{path}/shared/flags.json", rates: "{path}/shared/rates" });
});

describe("a rate as a component", () => {
  test("has a tree of its own, the component's cohorts and assertions, and takes no host out of service", async () => {
    const config = configOf(await load(rate("{ component: api, default: 10 }")));
    const found = changeOf("rate:publish", config);
    const api = config.components.get("api");
    expect(found).toMatchObject({ path: "/srv/api", tree: "/srv/api/.ship/rates/publish", once: [], drain: undefined });
    expect(found).toMatchObject({ stages: api?.stages, assertions: api?.assertions, healthy: { proof: "none" } });
    expect(found?.maxUnavailable).toEqual({ type: "percent", percent: 100 });
  });

  test("is none where it is not declared", async () => {
    const config = configOf(await load(rate("{ component: api, default: 10 }")));
    for (const name of ["rate:other", "flag:publish", "other:publish", "web"])
      expect(changeOf(name, config)).toBeUndefined();
    expect(changeOf("api", config)?.name).toBe("api");
  });
});

describe("a flag of two components", () => {
  const web = component.split("\n").slice(1).join("\n").replace("api:", "web:").replace("/srv/api", "/srv/web");
  const lxc = 'flags: { lxc: { components: [api, web, api], variants: { "off": false }, default: "off" } }\n';

  test("is one change over the hosts of both, each in its own tree", async () => {
    const config = configOf(await load(`${component}${web}${lxc}`));
    const { parts = [] } = changeOf("flag:lxc", config) ?? {};
    expect(parts.map(({ name, component: { tree } }) => [name, tree])).toEqual([
      ["api", "/srv/api/.ship/flags/lxc"],
      ["web", "/srv/web/.ship/flags/lxc"],
    ]);
    const beside = (name: string) => {
      const found = changeOf(name, config);
      return found === undefined ? [] : besides(found, config).map((one) => one.name);
    };
    expect(beside("flag:lxc")).toEqual(["api", "web"]);
    expect(beside("web")).toEqual(["flag:lxc"]);
  });

  test("has a file for each where both lie on one host", async () => {
    const one = "files: { flags: /etc/flags.json }\n";
    expect(texts(await load(`${component}${web}${lxc}${one}`))).toMatch(
      /its components have one flags file on a-01, \/etc\/flags\.json[\s\S]*\{path\} in files\.flags/,
    );
    const alone = lxc.replace("[api, web, api]", "[api]");
    expect(texts(await load(`${component}${web}${alone}${one}`))).toBe("");
  });

  test("in an emergency needs the hosts of both, and the environment of neither", async () => {
    const asked = { only: { component: "flag:lxc" }, mode: "recovery" } as const;
    const hidden = `${component}${web}${lxc}`.replace("activate: sudo", `activate: \${UNSET} sudo`);
    expect((await load(hidden, asked)).type).toBe("ok");
    const pathless = `${component}${web}${lxc}`.replace("/srv/web", "[]");
    expect((await load(pathless, asked)).type).toBe("complaints");
  });
});

describe("complaints", () => {
  test.each([
    [rate("{ component: apo, default: 10 }"), /there is no component "apo"[\s\S]*did you mean "api"/],
    [rate("{ component: api, default: 10, max: 5 }"), /it is not within 0 and 5/],
    [rate("{ component: api, default: 10, min: 20, max: 5 }"), /it is below min, 20/],
    [rate("{ component: api, default: 10, min: -1 }"), /a rate cannot be below 0/],
    [
      flag('{ components: [api], variants: { "on": true, "off": false }, default: "offf" }'),
      /no variant "offf"[\s\S]*did you mean "off"/,
    ],
    [flag('{ components: [api], variants: { a: 1, b: "two" }, default: a }'), /of several types: number, string/],
    [flag('{ components: [apo], variants: { "off": false }, default: "off" }'), /there is no component "apo"/],
    [
      flag('{ components: [api, web], variants: { "off": false }, default: "off" }'),
      /7:35: there is no component "web"/,
    ],
  ])("%s", async (text, says) => {
    expect(texts(await load(text))).toMatch(says);
  });

  test("name a flag or a rate that is asked for and is not declared", async () => {
    const loaded = async (asked: string) =>
      texts(await load(rate("{ component: api, default: 10 }"), { only: { component: asked } }));
    expect(await loaded("rate:publich")).toMatch(/there is no rate "publich"[\s\S]*did you mean "publish"/);
    expect(await loaded("flag:lxc")).toMatch(/there is no flag "lxc"/);
    expect(await loaded("rate:publish")).toBe("");
  });
});
