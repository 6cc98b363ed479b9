import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blockOf, fits, saltedHash } from "../../../src/ssh/trust/name-hash.ts";

const salts = fc.uint8Array({ minLength: 20, maxLength: 20 });
const names = fc.string({ unit: "grapheme", maxLength: 40 }).filter((name) => Buffer.byteLength(name) <= 55);

test("a name fits a hash exactly where Node's HMAC-SHA1 says so", () => {
  fc.assert(
    fc.property(salts, names, names, (salt, name, other) => {
      const salted = saltedHash(salt, createHmac("sha1", salt).update(name).digest());
      const fitting = [name, other].map((one) => {
        const block = blockOf(one);
        return block !== undefined && salted !== undefined && fits(salted, block);
      });
      expect(fitting).toEqual([true, name === other]);
    }),
  );
});

test("a name that fills more than a block is left to others, and so is a line that ssh did not write", () => {
  expect(blockOf("x".repeat(55))).toBeDefined();
  expect(blockOf("x".repeat(56))).toBeUndefined();
  expect(saltedHash(new Uint8Array(19), new Uint8Array(20))).toBeUndefined();
  expect(saltedHash(new Uint8Array(20), new Uint8Array(21))).toBeUndefined();
});
