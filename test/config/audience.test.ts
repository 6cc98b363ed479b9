import { expect, test } from "vitest";
import { readAudience } from "../../src/config/audience.ts";

test.each([
  ["app=shop-17", "app", ["shop-17"]],
  ["app=shop-17,shop-18", "app", ["shop-17", "shop-18"]],
  ["app = x", undefined, []],
  [" tenant.id= 17 , 18", "tenant.id", ["17", "18"]],
  ["app-id=a=b==c", "app-id", ["a=b==c"]],
  ["city=New York,Zürich", "city", ["New York", "Zürich"]],
])("%j are values of a field", (text, field, values) => {
  const expected = { type: "ok", audience: { type: "values", field, values } };
  if (field === undefined) expect(readAudience(text).type).toBe("complaint");
  else expect(readAudience(text)).toEqual(expected);
});

test("all else is a condition, kept as it was written", () => {
  expect(readAudience(' plan == "pro" ')).toEqual({
    type: "ok",
    audience: { type: "condition", text: 'plan == "pro"', rule: { "===": [{ var: "plan" }, "pro"] } },
  });
});

test.each([
  ["app=", "a value is missing", 5, "app=one,two"],
  ["app=a,,b", "a value is missing", 7, "app=one,two"],
  ["app=a,", "a value is missing", 7, "app=one,two"],
  ['app=a, "b"', "values have no quotes", 7, "app=one,two"],
  ["app = shop-17", "= is no operator here", 5, "app=shop-17"],
  ["shop17", "names a field and none of its values", 1, "beta == true"],
  ["shop-17", "this is no condition", 1, "app=shop-17"],
  ["", "stops in the middle", 1, "app=shop-17"],
])("%j is a complaint with its column", (text, message, column, expected) => {
  const found = readAudience(text);
  if (found.type === "ok") expect.unreachable(text);
  else {
    expect(found.message).toContain(message);
    expect(found.column).toBe(column);
    expect(found.expected).toContain(expected);
  }
});
