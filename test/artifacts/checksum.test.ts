import { expect, test } from "vitest";
import { checksumFor } from "../../src/artifacts/checksum.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);

test.each([
  ["a bare one", `${a}\n`, a],
  ["in capitals", a.toUpperCase(), a],
  ["of sha256sum", `${a}  dist/api.tar.gz\n`, a],
  ["of sha256sum --binary", `${a} *api.tar.gz\r\n`, a],
  ["of BSD", `SHA256 (api.tar.gz) = ${a}`, a],
  ["of OpenSSL", `SHA2-256(api.tar.gz)= ${a}`, a],
  ["among others", `${b}  web.tar.gz\n${a}  ./api.tar.gz\n`, a],
  ["among others, missing", `${b}  web.tar.gz\n${a}  other.tar.gz\n`, undefined],
  ["among others, twice", `${b}  api.tar.gz\n${a}  api.tar.gz\n`, undefined],
  ["of a page that says sorry", "<html>Not found</html>", undefined],
  ["of another length", "a".repeat(128), undefined],
  ["empty", "", undefined],
])("%s", (_, text, sum) => {
  expect(checksumFor(text, "api.tar.gz")).toBe(sum);
});
