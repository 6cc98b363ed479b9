import { expect, test } from "vitest";
import { parse } from "yaml";
import { rulesText } from "../../src/report/rules.ts";
import { golden } from "./golden.ts";

const alert = {
  name: "ApiP99LatencyBelow50Violated",
  assertion: "p99_latency < 50",
  expression: 'avg(x{instance=~"a|b"}) >= 50',
  for: 15_000,
  observeOnly: false,
};

const rules = {
  component: "api",
  alerts: [alert, { ...alert, name: "Other", for: 0, observeOnly: true }, { ...alert, name: "Third", for: 1_500 }],
  leftOut: [{ assertion: "each.restarts == 0", reason: "restarts is measured by ship itself" }],
};

test("rules as Prometheus reads them, and what is left out as comments", async () => {
  await golden("rules", rulesText(rules));
});

test("no text of an assertion leaves its place", () => {
  for (const evil of ['a" b', "a\nb: c", "# x", "a\\", "{{ x", "\u2028"]) {
    const text = rulesText({
      component: "api",
      alerts: [{ ...alert, expression: evil }],
      leftOut: [{ assertion: evil, reason: evil }],
    });
    expect(parse(text)).toMatchObject({ groups: [{ rules: [{ expr: evil }] }] });
  }
});
