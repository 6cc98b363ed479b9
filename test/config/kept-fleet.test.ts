import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packKept, readKept } from "../../src/config/kept-fleet.ts";

const host = { name: "api-01", address: "10.0.0.1", port: 2222, user: "deploy", labels: { zone: "a" }, cohort: "all" };
const at = "2026-11-22T05:00:00.000Z";

test("a list comes back as it was, details and all", () => {
  const bare = { ...host, name: "api-02", address: "api-02", port: undefined, user: undefined, labels: {} };
  expect(readKept(packKept({ at, hosts: [host, bare] }))).toEqual({ at, hosts: [host, bare] });
});

test("a thousand hosts are small enough to be kept on each of them", () => {
  const hosts = Array.from({ length: 1000 }, (_, index) => ({ ...host, name: `api-${index}.example.com` }));
  expect(packKept({ at, hosts }).length).toBeLessThan(20_000);
});

const packed = (value: unknown) => gzipSync(JSON.stringify(value)).toString("base64");

test.each([
  ["nothing", ""],
  ["no gzip", "aGVsbG8="],
  ["no JSON", gzipSync("x").toString("base64")],
  ["another shape", packed({ at, hosts: "all" })],
  ["no time", packed({ at: "later", hosts: [] })],
  ["an address that is an option of ssh", packed({ at, hosts: [{ ...host, address: "-oProxyCommand=x" }] })],
  ["a name that is a range", packed({ at, hosts: [{ ...host, name: "api-[1-9]" }] })],
  ["a name that moves the cursor", packed({ at, hosts: [{ ...host, name: "\u001b[2J" }] })],
  ["a bomb", gzipSync("x".repeat(8_000_000)).toString("base64")],
])("%s from a host counts as no list", (_what, text) => {
  expect(readKept(text)).toBeUndefined();
});
