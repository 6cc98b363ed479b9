import { expect, test } from "vitest";
import { exposition } from "../../src/sdk/prometheus.ts";

test("figures are told as Prometheus reads them", () => {
  const figures = { rate: 10, passed: 3, delayed: 2, refused: 1, waiting: 4 };
  const problem = { file: "rates/publish", what: "broken", why: "It is no number of 0 or more.", since: 0 } as const;
  expect(exposition({ publish: figures, 'a"\\\n': { ...figures, rate: 0.5 } }, [problem])).toBe(`\
# HELP ship_limit_passed_total Calls that the limit let through.
# TYPE ship_limit_passed_total counter
ship_limit_passed_total{name="publish"} 3
ship_limit_passed_total{name="a\\"\\\\\\n"} 3
# HELP ship_limit_delayed_total Calls that had to wait.
# TYPE ship_limit_delayed_total counter
ship_limit_delayed_total{name="publish"} 2
ship_limit_delayed_total{name="a\\"\\\\\\n"} 2
# HELP ship_limit_refused_total Calls that were refused.
# TYPE ship_limit_refused_total counter
ship_limit_refused_total{name="publish"} 1
ship_limit_refused_total{name="a\\"\\\\\\n"} 1
# HELP ship_limit_waiting Calls that wait now.
# TYPE ship_limit_waiting gauge
ship_limit_waiting{name="publish"} 4
ship_limit_waiting{name="a\\"\\\\\\n"} 4
# HELP ship_limit_rate Calls a second that may pass.
# TYPE ship_limit_rate gauge
ship_limit_rate{name="publish"} 10
ship_limit_rate{name="a\\"\\\\\\n"} 0.5
# HELP ship_file_problem A file of flags or of a rate that tells nothing now; missing is normal.
# TYPE ship_file_problem gauge
ship_file_problem{file="rates/publish",problem="broken"} 1
`);
});
