import { describe, expect, test } from "vitest";
import { complaintText } from "../../src/config/complaint.ts";
import { cohorts, component, load, texts } from "./folder.ts";

/** One or more lines that are wrong, each with a name that says what is. */
const wrong: Readonly<Record<string, string>> = {
  "an unknown key": "    asertions: []",
  "an unknown key without a neighbour": "    zzzzzzzz: 1",
  "an unknown key in another spelling": "    maxUnavailable: 1",
  "a number where text belongs": "    env: { PORT: 8080, VERSION: 1.10, ON: true }",
  "text where a number belongs": "    keep: five",
  "a number out of range": "    keep: 0",
  "a bare number for a duration": "    warmup: 90",
  "a duration that cannot be read": "    warmup: 1m30",
  "a duration without end": "    warmup: 31d",
  "a share that cannot be read": "    max_unavailable: ten",
  "a share above all": "    max_unavailable: 100.5%",
  "an unknown word": "    on_failure: rolback",
  "an unknown type": "    drain: { run: x, for: 5s, type: tpc }",
  "a key without a value": "    drain:",
  "a list where text belongs": "    undrain: [a, b]",
  "a missing key": "    drain: { for: 5s }",
  "a metric from nowhere": "    metrics: { m: { from: expositon } }",
  "a metric's name": "    metrics: { P99: { from: exec, run: x } }",
  "a metric that every component has": "    metrics: { cpu: { from: exec, run: x } }",
  "a metric without a shape": '    metrics: { m: { from: exposition, url: "http://127.0.0.1/" } }',
  "an assertion of an unknown metric": "    assertions: [rss < 5, rsss < 5]",
  "an assertion in quotes": '    assertions: ["cpu < 5 && rsss < 5"]',
  "an assertion that is not one": "    assertions: [rss is fine]",
  "an assertion twice": "    assertions: [rss < 5, rss < 5]",
  "an assertion without a condition": "    assertions: [{ assrt: rss < 5 }, 5]",
  "an allowance of everything": "    assertions: [{ assert: rss < 5, allow: 5 of 5 }]",
  "an allowance that cannot be read": "    assertions: [{ assert: rss < 5, allow: 20% }]",
  "a stage of an unknown cohort": "    stages: [{ cohort: intrenal }]",
  "a stage without hosts to change": "    stages: [{ cohort: all }, { cohort: internal }]",
  "no stages": "    stages: []",
  "labels that no host has": "    hosts: { role: apii }",
  "a label that no host has": "    hosts: { roel: api }",
  "a shared path that leaves": "    shared: [../x, /etc/passwd]",
  "a shared path in another one": "    shared: [log/, log/audit]",
  "a shared path twice": "    shared: [log, log/]",
  "a shared path with an empty part": "    shared: [log//audit]",
  "a variable of ship's own": "    env: { SHIP_VERSION: x }",
  "a variable that is not set": `    env: { A: "x\${NOWHERE}" }`,
  "a variable that cannot be read": `    env: { A: "\${NO WHERE}" }`,
  "a bake upside down": "    stages: [{ cohort: all, bake: { min: 5m, max: 1m } }]",
  "a gate": "    gate: watch",
  "a comparison": "    compare: [{ metric: cp }]",
  "bytes that hosts fetch": "    fetch: true",
  "an assertion from a cohort on": "    assertions: [{ assert: rss < 5, from: al }]",
  "a team": `team: { postgres: "\${DB}" }`,
  "a component with a name that a shell would read": "  a;b: {}",
  "a component that is empty": "  web:",
  "a duplicate key": "    path: /srv/other",
  "a word of JavaScript": "    env: { __proto__: x }",
  "an alias that names nothing": "    env: *nothing",
  "a tag that is not known": "    keep: !!js/function x",
  "a tab": "\tkeep: 5",
  "two documents": "---\na: 1",
};

describe("complaints, as they are shown", () => {
  test.each(Object.entries(wrong))("%s", async (_, lines) => {
    const loaded = await load(`${component}${lines}\n`);
    expect(loaded.type).toBe("complaints");
    expect(texts(loaded)).toMatchSnapshot();
  });

  test.each([
    ["a source from nowhere", component.replace("type: dir", "type: dri")],
    ["a source without a type", component.replace("type: dir, ", "")],
    ["a folder made of an unknown label", component.replace("/srv/api", '"/srv/{host}/{zome}"')],
    ["a folder that leaves", component.replace("/srv/api", "/srv/../etc")],
    ["a component without a path", component.replace(/ {4}path: .*\n/, "")],
    ["a component without health or assertions", component.replace(/ {4}healthy: .*\n/, "")],
    ["health without an address", component.replace("http://127.0.0.1:8080/health", "127.0.0.1:8080")],
    [
      "bytes that are fetched, and passed on as well",
      component
        .replace(/ {4}source: .*\n/, '    source: { type: http, url: "http://a/{version}", sha256: "{url}.sum" }\n')
        .concat("    fetch: true\n    spread: true\n"),
    ],
    ["no component", "components: {}\n"],
    ["an empty file", ""],
    ["a list", "- a\n"],
  ])("%s", async (_, text) => {
    expect(texts(await load(text))).toMatchSnapshot();
  });

  const whole = { ...cohorts };
  test.each([
    ["no cohorts", {}],
    ["an unknown include", { ...whole, "cohorts/all.yaml": "includes: [intrenal]\nhosts: [b]\n" }],
    [
      "cohorts in a circle",
      { "cohorts/a.yaml": "includes: [b]\nhosts: [a]\n", "cohorts/b.yaml": "includes: [a]\nhosts: [b]\n" },
    ],
    ["cohorts that do not nest", { ...whole, "cohorts/beta.yaml": "includes: [internal]\nhosts: [b]\n" }],
    ["a cohort without hosts", { ...whole, "cohorts/all.yaml": "includes: [internal]\n" }],
    ["a host twice in a file", { "cohorts/all.yaml": 'hosts: ["a-[01-03]", a-02]\n' }],
    ["a host in two cohorts", { ...whole, "cohorts/all.yaml": "includes: [internal]\nhosts:\n  - b\n  - a-01\n" }],
    [
      "one machine under two names",
      { "cohorts/all.yaml": "hosts: [{ host: a, address: 10.0.0.1, port: 22 }, 10.0.0.1]\n" },
    ],
    ["a cohort's name", { ...whole, "cohorts/a b.yaml": "hosts: [b]\n" }],
    [
      "hosts that cannot be",
      { "cohorts/all.yaml": 'hosts: ["-rf", "a b", "a-[3-1]", "a-[x]", "a-[1", "u@h:22", 5, "a-[1-99999]"]\n' },
    ],
    ["an unknown key of a host", { "cohorts/all.yaml": "hosts: [{ host: a, prot: 22 }]\n" }],
  ])("%s", async (_, files) => {
    expect(texts(await load(component, {}, files))).toMatchSnapshot();
  });

  test("all are shown at once, from top to bottom, each once", async () => {
    const several = ["an unknown key", "a number out of range", "an unknown word", "a stage of an unknown cohort"];
    const loaded = await load(`${component}${several.map((name) => wrong[name]).join("\n")}\n`);
    expect(loaded.type === "complaints" && loaded.complaints.map(({ line }) => line)).toEqual([7, 8, 9, 10]);
  });
});

describe("the text of a complaint", () => {
  const complaint = {
    file: "f",
    line: 3,
    column: 5,
    source: "a: \tb",
    message: "m",
    expected: undefined,
    nearest: undefined,
  };

  test("keeps the caret under its character, tabs or not", () => {
    expect(complaintText(complaint)).toBe("f:3:5: m\n  a:  b\n      ^");
  });

  test("shows a long line around its place", () => {
    const text = complaintText({ ...complaint, source: `${"x".repeat(500)}HERE${"y".repeat(500)}`, column: 501 });
    const [, line = "", caret = ""] = text.split("\n");
    expect(line.length).toBeLessThan(120);
    expect(line.slice(caret.indexOf("^")).startsWith("HERE")).toBe(true);
  });

  test("lets nothing through that moves a terminal's cursor or hides text", () => {
    const text = complaintText({ ...complaint, source: "a\u001b[2J\u202eb", message: "x\u009b\r" });
    expect(text).not.toMatch(/[\u001b\u009b\u202e\r]/);
  });
});
