import { describe, expect, test } from "vitest";
import { readInventory, runInventory } from "../../src/config/inventory.ts";
import { cohorts, component, configOf, folderWith, load } from "./folder.ts";

describe("what a program prints", () => {
  test("may be an array of names and details", () => {
    expect(readInventory('["a", { "host": "b", "port": 2222, "labels": { "role": "api" } }]')).toEqual({
      type: "hosts",
      hosts: [
        { host: "a", labels: {} },
        { host: "b", port: 2222, labels: { role: "api" } },
      ],
    });
  });

  test("may be Ansible's inventory", () => {
    const inventory = {
      _meta: {
        hostvars: { a: { ansible_host: "10.0.0.1", ansible_port: "2222", ansible_user: "deploy", role: "api", n: 3 } },
      },
      all: { children: ["web", "ungrouped"] },
      web: { hosts: ["a", "b"], vars: { x: 1 } },
      old: ["c", "b"],
    };
    expect(readInventory(JSON.stringify(inventory))).toEqual({
      type: "hosts",
      hosts: [
        { host: "a", address: "10.0.0.1", port: 2222, user: "deploy", labels: { role: "api" } },
        { host: "b", labels: {} },
        { host: "c", labels: {} },
      ],
    });
  });

  test.each([
    "",
    "{",
    "5",
    "null",
    '"a"',
    "[5]",
    '[{ "host": "a", "prot": 1 }]',
    '{ "web": 5 }',
    '[{ "host": "a", "address": "-x" }]',
  ])("%j is refused", (text) => expect(readInventory(text).type).toBe("failed"));
});

describe("the program", () => {
  const run = async (script: string, within = 10_000) => {
    const folder = await folderWith({ "inventory.sh": `#!/bin/sh\n${script}\n` });
    const env = { PATH: process.env["PATH"], TOKEN: "t" };
    return runInventory({ run: "./inventory.sh --all", folder, cohort: "beta", env, within });
  };

  test("is started in its folder, with the cohort and Ansible's argument", async () => {
    const inventory = await run('echo "[\\"$SHIP_COHORT-$TOKEN-$1\\", \\"x$2\\", \\"$(ls)\\"]"');
    expect(inventory).toMatchObject({
      hosts: [{ host: "beta-t---all" }, { host: "x--list" }, { host: "inventory.sh" }],
    });
  });

  test.each([
    ["fails", "echo no such region >&2; exit 3", "exited with 3: no such region"],
    ["prints something else", "echo hello", "is not JSON"],
    ["takes too long", "sleep 60", "gave no answer within 0.3 s"],
  ])("that %s is a failure", async (_, script, message) => {
    expect(await run(script, script.startsWith("sleep") ? 300 : 10_000)).toMatchObject({
      type: "failed",
      message: expect.stringContaining(message),
    });
  });

  test("adds hosts to its cohort; those of an inner cohort stay there", async () => {
    const files = {
      ...cohorts,
      "cohorts/all.yaml": "includes: [internal]\nfrom: ./inventory.sh\n",
      "cohorts/inventory.sh": '#!/bin/sh\necho \'["a-01", "b-01"]\'\n',
    };
    const { fleet } = configOf(await load(component, {}, files));
    expect(fleet.cohorts.map(({ hosts }) => hosts.map(({ name, cohort }) => `${name} ${cohort}`))).toEqual([
      ["a-01 internal"],
      ["a-01 internal", "b-01 all"],
    ]);
  });
});
