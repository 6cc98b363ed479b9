import { expect, test } from "vitest";
import { carrying, type Host, hostsIn, hostsOf, serverOf } from "../../src/core/fleet.ts";

const percent = (value: number) => ({ type: "percent", percent: value }) as const;
const host = (name: string, labels: Record<string, string> = {}): Host => {
  return { name, address: name, port: undefined, user: undefined, labels, cohort: "all" };
};

test("a share of hosts is max(1, floor(p·n)), a plain number as given, and nothing of nothing", () => {
  expect([1, 9, 10, 19, 20, 100].map((n) => hostsIn(percent(10), n))).toEqual([1, 1, 1, 1, 2, 10]);
  expect(hostsIn(percent(0), 100)).toBe(0);
  expect(hostsIn({ type: "count", count: 3 }, 2)).toBe(3);
});

test("a component is carried by the hosts that have every label it asks for", () => {
  const hosts = [host("a", { role: "api", zone: "x" }), host("b", { role: "web" }), host("c")];
  expect(carrying(hosts, { role: "api" }).map(({ name }) => name)).toEqual(["a"]);
  expect(carrying(hosts, {}).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  const fleet = { cohorts: [{ name: "all", hosts }] };
  expect(hostsOf(fleet, { role: "web" })).toEqual([{ cohort: "all", hosts: [hosts[1]] }]);
});

test("one of two places on a server is reached as the server", () => {
  expect(serverOf({ ...host("a/api"), server: "a" })).toEqual({ ...host("a/api"), name: "a" });
  expect(serverOf(host("a"))).toEqual(host("a"));
});
