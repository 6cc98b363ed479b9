import { expect, test } from "vitest";
import { placesOf, rateFile } from "../../src/sdk/places.ts";

test.each([
  [{}, {}, undefined, undefined],
  [{ folder: "/a" }, {}, "/a/flags.json", "/a/rates"],
  [{ folder: "/a", rates: "/etc/rates" }, {}, "/a/flags.json", "/etc/rates"],
  [{}, { SHIP_FOLDER: "/e" }, "/e/flags.json", "/e/rates"],
  [{}, { SHIP_FOLDER: "/e", SHIP_RATES: "/etc/rates" }, "/e/flags.json", "/etc/rates"],
  [{}, { SHIP_FLAGS: "/e/f.json", SHIP_FOLDER: "" }, "/e/f.json", undefined],
  [{ folder: "/a" }, { SHIP_FLAGS: "/e/f.json", SHIP_RATES: "/e/r" }, "/a/flags.json", "/a/rates"],
])("%j with %j", (given, env, flags, rates) => {
  expect(placesOf(given, env)).toEqual({ flags, rates });
});

test.each(["publish", "a.b-c_1"])("%s can be a file's name", (name) => {
  expect(rateFile("/rates", name)).toBe(`/rates/${name}`);
});

test.each(["", ".", "..", ".hidden", "a/b", "../a", "a\n"])("%j cannot, and its rate is the code's", (name) => {
  expect(rateFile("/rates", name)).toBeUndefined();
});
