import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, openLab } from "./lab.ts";
import { hasNet, inside } from "./net.ts";

/** The lab itself: what the other tests build on must be true. */
describe.runIf(hasNet())("a lab of three networks", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ stages: { first: { hosts: 1, bake: "4s" }, all: { hosts: 3, bake: "4s" } } });
  });
  afterAll(() => lab.close());

  test("ship brings a version to each host, whose service answers in a network of its own", async () => {
    const ended = await lab.place.ship(["-c", "api", "--version", "v1"]);
    expect(ended).toMatchObject({ exit: 0, stderr: "" });
    expect(lab.serving()).toEqual(["h01 v1", "h02 v1", "h03 v1"]);
    for (const { address } of lab.hosts) expect(ask(lab, address)).toBe("v1\n");
  });

  test("nothing of the lab stays when it is closed", async () => {
    const one = await openLab({ stages: { all: { hosts: 1, bake: "4s" } } });
    const names = [one.net.client, one.net.watcher, ...one.net.hosts].map(({ namespace }) => namespace);
    expect(namespaces()).toEqual(expect.arrayContaining(names));
    await one.close();
    expect(namespaces().filter((name) => names.includes(name))).toEqual([]);
  });
});

function ask(lab: Lab, address: string): string {
  const [command, ...words] = inside(lab.net.watcher);
  return spawnSync(command, [...words, "busybox", "wget", "-qO-", `http://${address}:8080/health`]).stdout.toString();
}

function namespaces(): readonly string[] {
  return execFileSync("ip", ["netns", "list"], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");
}
