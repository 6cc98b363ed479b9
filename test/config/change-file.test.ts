import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Declared } from "../../src/changes/declared.ts";
import { readChangeFile } from "../../src/config/change-file.ts";
import { complaintText } from "../../src/config/complaint.ts";
import type { FlagPolicy } from "../../src/core/flag.ts";

const folder = mkdtempSync(join(tmpdir(), "ship-set-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flag = (name: string, component = "api"): [string, FlagPolicy] => [
  name,
  {
    name,
    components: [component],
    variants: { on: true, off: false },
    default: "off",
    owner: undefined,
    expires: undefined,
  },
];
const declared: Declared = {
  flags: new Map([flag("lxc"), flag("gzip"), flag("theme", "web")]),
  rates: new Map([
    ["publish", { name: "publish", component: "api", default: 10, min: 0, max: 500 }],
    ["paint", { name: "paint", component: "web", default: 1, min: 0, max: 5 }],
  ]),
  files: { flags: "", rates: "" },
};

async function read(text: string) {
  const file = join(folder, "changes.yaml");
  writeFileSync(file, text);
  return readChangeFile(file, folder, { component: "api", declared });
}

async function changes(text: string): Promise<readonly string[]> {
  const found = await read(text);
  if (found.type !== "ok") throw new Error(found.complaints.map(complaintText).join("\n"));
  return found.changes.map((one) => {
    if (one.kind === "release") return `version ${one.version}`;
    if (one.kind === "rate") return `${one.policy.name} ${one.rate}`;
    const { variant, percent, for: audiences, key } = one.state;
    return [one.policy.name, variant, percent, audiences.length, key].join(" ");
  });
}

async function complaints(text: string): Promise<string> {
  const found = await read(text);
  return found.type === "ok" ? "" : found.complaints.map(complaintText).join("\n");
}

describe("what goes", () => {
  test("is the version, then the flags, then the rates", async () => {
    expect(
      await changes("rates: { publish: 25 }\nflags: { lxc: on, gzip: off }\nversion: v414\ncomponent: api\n"),
    ).toEqual(["version v414", "lxc on  0 targetingKey", "gzip off  0 targetingKey", "publish 25"]);
  });

  test("or a list in its order", async () => {
    const list =
      "changes:\n  - rate: publish\n    to: 0\n  - flag: lxc\n    variant: on\n    percent: 10\n  - version: v414\n";
    expect(await changes(list)).toEqual(["publish 0", "lxc on 10 0 targetingKey", "version v414"]);
  });

  test("is for some, where a flag says so", async () => {
    const some = 'flags: { lxc: { variant: on, percent: 2.5, for: ["app=shop-17"], by: account } }';
    expect(await changes(some)).toEqual(["lxc on 2.5 1 account"]);
  });
});

describe("complaints", () => {
  test.each([
    ["an empty file", "", /changes\.yaml:1:1: the set is empty\n {2}expected version: v414/],
    ["no change", "component: api", /the set is empty/],
    ["an empty list", "changes: []", /the set is empty/],
    ["no file of keys", "[1]", /changes\.yaml:1:1: "?this file"? cannot be a list/],
    [
      "a flag twice",
      "changes: [{ flag: lxc, variant: on }, { flag: lxc, variant: off }]",
      /1:47: the flag lxc stands in the set twice/,
    ],
    ["a version twice", "changes: [{ version: v1 }, { version: v2 }]", /a version stands in the set twice/],
    ["both forms", "version: v1\nchanges: [{ version: v2 }]", /1:1: the list says all changes already/],
    [
      "a flag without a variant",
      "changes: [{ flag: lxc }]",
      /1:11: this is not one change\n[\s\S]*expected \{ version: v414 \}/,
    ],
    ["a rate without a number", "changes: [{ rate: publish }]", /this is not one change/],
    ["two changes as one", "changes: [{ version: v1, flag: lxc, variant: on }]", /this is not one change/],
    ["a rate with a share", "changes: [{ rate: publish, to: 1, percent: 5 }]", /this is not one change/],
    ["a flag that is not declared", "flags: { lxd: on }", /1:10: there is no flag "lxd"[\s\S]*did you mean "lxc"/],
    ["a rate that is not declared", "rates: { publich: 1 }", /there is no rate "publich"[\s\S]*did you mean "publish"/],
    ["a variant that there is not", "flags: { lxc: onn }", /lxc has no variant "onn"[\s\S]*did you mean "on"/],
    ["a share of the default", "flags: { lxc: { variant: off, percent: 5 } }", /"off" is what everybody has/],
    ["an audience that is none", "flags: { lxc: { variant: on, for: ['plan =='] } }", /1:\d+: [\s\S]*expected/],
    ["a rate beyond its bounds", "rates: { publish: 501 }", /501 cannot be set: publish takes 0 to 500/],
    ["a flag of another component", "flags: { theme: on }", /the flag theme is not read by api first/],
    ["a rate of another component", "rates: { paint: 1 }", /the rate paint is not read by api first/],
    ["another component", "component: web\nversion: v1", /1:12: the command is about api/],
    [
      "a version that YAML reads as a number",
      "version: 1.10",
      /1.10 is the number 1.1 to YAML[\s\S]*it in quotes: "1.10"/,
    ],
    ["an unknown key", "flag: { lxc: on }", /unknown key "flag"\n[\s\S]*did you mean "flags"/],
    ["no YAML", "version: [", /not readable as YAML/],
  ])("%s", async (_name, text, says) => {
    expect(await complaints(text)).toMatch(says);
  });

  test("a file that is not there", async () => {
    const found = await readChangeFile(join(folder, "none.yaml"), folder, { component: "api", declared });
    expect(found.type === "complaints" && found.complaints.map(complaintText)).toEqual([
      "none.yaml:1:1: there is no such file",
    ]);
  });
});
