import { expect, test } from "vitest";
import { cleanError, keepSecrets, struckOut, withCleanPages } from "../../src/commands/secret.ts";
import type { Operation } from "../../src/core/host.ts";

test("S28: a secret is struck out of every text, however deep", () => {
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

test("S28: a sentence under a word of ship's own may quote a host, and a word there is ship's", () => {
  const event = { type: "host.lost", host: "s3cr3t", reason: "no answer: s3cr3t", cause: "timed-out" };
  expect(struckOut(event, ["s3cr3t"])).toEqual({ ...event, reason: "no answer: ***" });
});

test("a secret is found in a text that JSON escapes", () => {
  expect(struckOut({ text: 'a "q"\n' }, ['"q"'])).toEqual({ text: "a ***\n" });
});

test("S28: what is hidden is hidden in values and in texts, in all its forms; what every report shows is not", () => {
  const { hide, clean, cleanText } = keepSecrets();
  expect(clean({ log: "hunter2-token" })).toEqual({ log: "hunter2-token" });
  hide(["hunter2-token", "eu-west", "v408", "abc"], ["api-eu-west-1", "v408"]);
  const base64 = Buffer.from("me:hunter2-token").toString("base64");
  expect(clean({ log: `Basic ${base64} for hunter2-token` }).log).not.toContain(base64.slice(4, 16));
  expect(cleanText("hunter2-token on api-eu-west-1, v408, abc")).toBe("*** on api-eu-west-1, v408, abc");
});

test("S28: a page that stays on a host holds no secret, and other orders are left as they are", async () => {
  const asked: Operation[] = [];
  const hosts = withCleanPages(
    {
      perform: async (_host, _place, operation) => {
        asked.push(operation);
        return { type: "running" };
      },
    },
    (value) => struckOut(value, ["s3cr3t"]),
  );
  const host = { name: "a", address: "a", port: undefined, user: undefined, labels: {}, cohort: "" };
  const claim = { generation: 1, run: "r", sequence: 1 };
  const close = { type: "close", rollout: "r", over: true, claim } as const;
  const page = JSON.stringify({ detail: 'it said "s3cr3t"' });
  await hosts.perform(host, { component: "c", path: "p" }, { ...close, page });
  await hosts.perform(host, { component: "c", path: "p" }, { type: "observe" });
  expect(asked).toEqual([{ ...close, page: JSON.stringify({ detail: 'it said "***"' }) }, { type: "observe" }]);
});

test("S28: a mistake of ship's own is told without the secret that it quotes", () => {
  const secrets = keepSecrets();
  secrets.hide(["s3cr3t"], []);
  const clean = cleanError(new TypeError("cannot read s3cr3t"), secrets);
  expect([clean.message, clean.stack?.includes("s3cr3t")]).toEqual(["cannot read ***", false]);
  expect(cleanError("thrown s3cr3t", secrets).message).toBe("thrown ***");
});
