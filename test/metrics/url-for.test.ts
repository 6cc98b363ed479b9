import { expect, test } from "vitest";
import { hostUrl, shownUrl, urlFor } from "../../src/metrics/url-for.ts";
import { hostNamed } from "./fake.ts";

const host = hostNamed("api-01", { zone: "a/../b", port: "9100" }, "10.0.0.1");

test.each([
  ["http://{address}:{port}/stats", "http://10.0.0.1:9100/stats"],
  ["http://lb/{host}/{zone}", "http://lb/api-01/a%2F..%2Fb"],
  ['http://127.0.0.1/?q={"a":1}', 'http://127.0.0.1/?q={"a":1}'],
])("%s on a host is %s", (url, filled) => {
  expect(urlFor(url, host)).toEqual({ url: filled });
});

test("an address of IPv6 gets its brackets", () => {
  expect(urlFor("http://{address}:80/", hostNamed("a", {}, "fe80::1"))).toEqual({ url: "http://[fe80::1]:80/" });
});

test.each(["{rack}", "{constructor}"])("%s is not known", (name) => {
  expect(urlFor(`http://${name}/`, host)).toEqual({ unknown: name.slice(1, -1) });
});

test("user and password are not shown", () => {
  expect(shownUrl("https://me:p@ss@web/a@b?c@d")).toBe("https://web/a@b?c@d");
  expect(shownUrl("https://web/a@b")).toBe("https://web/a@b");
});

test.each([
  ["http://{address}:{port}/", true],
  ["https://api-{zone}.example.com/x", true],
  ["127.0.0.1/stats", false],
  ["ftp://127.0.0.1/", false],
  ["http:///stats", false],
  ["http://a b/", false],
])("%s: %s", (url, is) => {
  expect(hostUrl({ description: "", examples: [] }).safeParse(url).success).toBe(is);
});
