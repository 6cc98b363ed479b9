import { expect, test } from "vitest";
import { struckOut } from "../../src/commands/secret.ts";

test("a secret is struck out of every text, however deep", () => {
  const event = { type: "host.failed", log: "token s3cr3t here", deep: [{ detail: "s3cr3ts3cr3t" }] };
  expect(struckOut(event, ["s3cr3t"])).toEqual({
    type: "host.failed",
    log: "token *** here",
    deep: [{ detail: "******" }],
  });
});

test("a secret that reads as JSON, or as a word of ship's own, breaks no event", () => {
  const event = { type: "host.observed", host: "host-01", healthy: true, size: 18080, text: "true 8080 host" };
  expect(struckOut(event, ["true", "8080", "host"])).toEqual({ ...event, text: "*** *** ***" });
});

test("a secret is found in a text that JSON escapes", () => {
  expect(struckOut({ text: 'a "q"\n' }, ['"q"'])).toEqual({ text: "a ***\n" });
});
