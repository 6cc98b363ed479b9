import type { Forecast, GateForecast } from "../core/forecast.ts";
import type { Found, StageForecast } from "../core/forecast-stage.ts";
import { duration, number } from "../core/words.ts";
import { columns } from "./columns.ts";
import type { Paint } from "./paint.ts";
import { safe } from "./safe.ts";

const head = ["stage", "exposed", "events/s", "passes", "finds, after its last host's change"];

/** What the gates will see, a line for each gate and stage; stages that are alike share one. Warnings under their gate. */
export function forecastLines(forecast: Forecast, colors: Paint): readonly string[] {
  if (forecast.type === "none") return [`Nothing is predicted: ${safe(forecast.why)}.`];
  const gates = forecast.gates.map((gate) => ({ gate, rows: rowsOf(gate.stages) }));
  const [titles = "", ...lines] = columns([head, ...gates.flatMap(({ rows }) => rows)]);
  const rest = [...lines];
  return [
    colors.strong("What the gates will see, by the traffic of now"),
    ...forecast.warnings.map((text) => warning(text, colors)),
    `       ${colors.quiet(titles)}`,
    ...gates.flatMap(({ gate, rows }) => [
      `     ${nowText(gate, colors)}`,
      ...rest.splice(0, rows.length).map((line) => `       ${line}`),
      ...gate.warnings.map((text) => warning(text, colors)),
    ]),
  ];
}

function warning(text: string, colors: Paint): string {
  return `       ${colors.warn(`! ${safe(text, 400)}`)}`;
}

function nowText({ assertion, value, verdict }: GateForecast, colors: Paint): string {
  const now = value === undefined ? "" : `, now ${number(value)}`;
  return `${colors.strong(safe(assertion, 60))}${now}${verdict === "fail" ? colors.bad(", fails") : ""}`;
}

function rowsOf(stages: readonly StageForecast[]): readonly (readonly string[])[] {
  const groups = alike(stages);
  return groups.map((group) => cells(group, group.length > 1 && groups.length === 1));
}

/** Stages one after the other of which the same is said. */
function alike(stages: readonly StageForecast[]): readonly (readonly StageForecast[])[] {
  const groups: StageForecast[][] = [];
  for (const stage of stages) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && saidOf(last[0]) === saidOf(stage)) last.push(stage);
    else groups.push([stage]);
  }
  return groups;
}

function saidOf(stage: StageForecast): string {
  return `${passText(stage)}\n${findsText(stage)}`;
}

function cells(group: readonly StageForecast[], isEvery: boolean): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const names = isEvery ? "every stage" : group.map(({ stage }) => safe(stage, 20)).join(", ");
  const traffic = group.flatMap((stage) => stage.traffic ?? []);
  const hosts = group.map(({ exposed }) => exposed);
  return [names, range(hosts), range(traffic), passText(first), findsText(first)];
}

function range(values: readonly number[]): string {
  if (values.length === 0) return "";
  const [low, high] = [number(Math.min(...values)), number(Math.max(...values))];
  return low === high ? low : `${low}-${high}`;
}

function passText({ passes, bake, longestBake }: StageForecast): string {
  if (passes === undefined) return "cannot";
  if (passes > longestBake) return "too late";
  return passes <= bake ? "in time" : `after ${duration(passes)}`;
}

function findsText({ finds }: StageForecast): string {
  const several = new Set(finds.map(({ metric }) => metric)).size > 1;
  return finds.map((found) => `${several ? `${safe(found.metric, 40)} ` : ""}${findText(found)}`).join("; ");
}

const changes = { doubled: "doubled", errors: "at 1%", against: "far off" };

function findText({ change, isWithin, isLate, after }: Found): string {
  const what = changes[change];
  if (isWithin) return `${what} is within the limit`;
  if (after === undefined) return `${what}: never`;
  return `${what}: ${duration(after)}${isLate ? ", too late" : ""}`;
}
