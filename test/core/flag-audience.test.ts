import { describe, expect, test } from "vitest";
import { type Audience, anyOf, audienceOfIds, fieldsOf, merged } from "../../src/core/flag-audience.ts";

const values = (field: string, ...of: string[]): Audience => ({ type: "values", field, values: of });
const pro: Audience = { type: "condition", text: 'plan == "pro"', rule: { "===": [{ var: "plan" }, "pro"] } };
const young: Audience = {
  type: "condition",
  text: "age < 18 && age > 3",
  rule: { and: [{ "!": [{ missing: ["age"] }] }, { "<": [{ var: "age" }, 18] }, { ">": [{ var: "age" }, 3] }] },
};

test("audiences of one field become one, in one order, and nothing stands twice", () => {
  const asked = [pro, values("b", "2"), young, values("a", "x"), values("b", "2", "1"), pro];
  expect(merged(asked)).toEqual([values("a", "x"), values("b", "1", "2"), young, pro]);
  expect(merged(asked.toReversed())).toEqual(merged(asked));
});

describe("the rule of any of them", () => {
  test("there is none for none", () => expect(anyOf([])).toBeUndefined());
  test("one stands alone", () => expect(anyOf([pro, pro])).toEqual({ "===": [{ var: "plan" }, "pro"] }));
  test("several values of a field are one list", () => {
    expect(anyOf([values("app", "b"), values("app", "a")])).toEqual({ in: [{ cat: [{ var: "app" }] }, ["a", "b"]] });
  });
  test("more are joined by or", () => {
    expect(anyOf([pro, values("app", "a")])).toEqual({
      or: [{ in: [{ cat: [{ var: "app" }] }, ["a"]] }, { "===": [{ var: "plan" }, "pro"] }],
    });
  });
});

test("an audience's fields", () => {
  expect(fieldsOf(values("app", "a"))).toEqual(["app"]);
  expect(fieldsOf(young)).toEqual(["age"]);
  expect(fieldsOf({ type: "condition", text: "", rule: { and: [null, { var: ["a", 1] }, { var: "b" }] } })).toEqual([
    "b",
  ]);
});

test("ids from a file", () => {
  const text = "\uFEFFshop-1\r\n\n  # the old ones\n\tshop-2 \nshop#3\n";
  expect(audienceOfIds(text, "app")).toEqual(values("app", "shop-1", "shop-2", "shop#3"));
  expect(audienceOfIds("\n# nobody\n", "app")).toBeUndefined();
});
