import { expect, test } from "vitest";
import { closedTexts } from "../../src/core/closed.ts";
import { closureText } from "../../src/core/sign.ts";

test("a lock is told once with its hosts; a host where none lies is not among them", () => {
  const sign = closureText({ by: "ada@desk", at: "2026-11-21T22:30:00Z", why: "audit" });
  const hosts = [
    { host: "api-01", sign },
    { host: "api-02", sign },
    { host: "api-03", sign: "" },
  ];
  const texts = closedTexts("api", hosts);
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(/^api is locked .*audit.*api-\[01-02\]/);
});
