import fc from "fast-check";
import { expect, test } from "vitest";
import { formsOf, struck } from "../../src/config/secret-forms.ts";

const secret = `p@ss 'w"rd/+=\\ü`;
const forms = formsOf([secret]);

test.each([
  ["as it is", `token ${secret}.`],
  ["in JSON", JSON.stringify({ token: secret })],
  ["in a URL", `https://example.com/?token=${encodeURIComponent(secret)}&x=1`],
  ["in a URL, in lower case", `?t=${encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())}`],
  ["in a form", `token=${encodeURIComponent(secret).replaceAll("%20", "+")}`],
  ["in YAML's single quotes", `token: '${secret.replaceAll("'", "''")}'`],
  ["in a shell's single quotes", `'${secret.replaceAll("'", "'\\''")}'`],
])("S28: a secret is found %s", (_name, text) => {
  const shown = struck(text, forms);
  expect(shown).toContain("***");
  expect(shown.length).toBeLessThan(text.length);
  for (const form of [secret, encodeURIComponent(secret)]) expect(shown).not.toContain(form);
});

test("S28: in base64, whatever stands before and after it, no more than two letters at an end are left", () => {
  const some = fc.string({ unit: "binary-ascii", maxLength: 9 });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 6, maxLength: 40 }), some, some, (value, before, after) => {
      for (const alphabet of ["base64", "base64url"] as const) {
        const text = Buffer.from(before + value + after).toString(alphabet);
        const found = struck(text, formsOf([value]));
        expect(found).toContain("***");
        const most = Math.ceil((Buffer.byteLength(before) * 8) / 6) + Math.ceil((Buffer.byteLength(after) * 8) / 6);
        expect(found.replaceAll("*", "").length).toBeLessThanOrEqual(most + 6);
      }
    }),
  );
});

test("S28: a line of a key is a secret too, and what is short is none", () => {
  const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END KEY-----\n";
  expect(struck("it said MIIEvQIBADANBgkqhkiG9w0BAQEFAASC!", formsOf([key]))).toBe("it said ***!");
  expect(formsOf(["", "on", "80", "abc"])).toEqual([]);
});

test("half a pair of surrogates is no reason to fail", () => {
  expect(struck("x\ud800abc", formsOf(["\ud800abc"]))).toBe("x***");
});
