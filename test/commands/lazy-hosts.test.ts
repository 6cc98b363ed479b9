import { expect, test } from "vitest";
import { lazyHosts } from "../../src/commands/lazy-hosts.ts";
import type { Host } from "../../src/core/fleet.ts";
import type { Hosts } from "../../src/core/host.ts";

const host: Host = { name: "a", address: "a", port: undefined, user: undefined, labels: {}, cohort: "all" };
const place = { component: "api", path: "api" };

function opener(fails = false) {
  const done = { opened: 0, closed: 0 };
  const perform: Hosts["perform"] = async () => ({ type: "unreachable", cause: "unreachable", reason: "a test" });
  const open = async () => {
    done.opened += 1;
    if (fails) throw new Error("there is no way");
    const close = async () => {
      done.closed += 1;
    };
    return { hosts: { perform }, close };
  };
  return { done, open };
}

test("the way to the hosts is opened by the first order, once, and closed", async () => {
  const { done, open } = opener();
  const { hosts, close } = lazyHosts(open);
  expect(done.opened).toBe(0);
  const both = [hosts.perform(host, place, { type: "observe" }), hosts.perform(host, place, { type: "observe" })];
  expect((await Promise.all(both)).map(({ type }) => type)).toEqual(["unreachable", "unreachable"]);
  await close();
  expect(done).toEqual({ opened: 1, closed: 1 });
});

test("a way that nobody needed is not opened to be closed", async () => {
  const { done, open } = opener();
  await lazyHosts(open).close();
  expect(done).toEqual({ opened: 0, closed: 0 });
});

test("a way that cannot be opened fails each order, and closes in peace", async () => {
  const { hosts, close } = lazyHosts(opener(true).open);
  await expect(hosts.perform(host, place, { type: "observe" })).rejects.toThrow("there is no way");
  await expect(hosts.perform(host, place, { type: "observe" })).rejects.toThrow("there is no way");
  await close();
});
