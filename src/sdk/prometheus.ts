import type { Problem } from "./follow.ts";
import type { Figures } from "./limiter.ts";

const series = [
  ["passed", "ship_limit_passed_total", "counter", "Calls that the limit let through."],
  ["delayed", "ship_limit_delayed_total", "counter", "Calls that had to wait."],
  ["refused", "ship_limit_refused_total", "counter", "Calls that were refused."],
  ["waiting", "ship_limit_waiting", "gauge", "Calls that wait now."],
  ["rate", "ship_limit_rate", "gauge", "Calls a second that may pass."],
] as const;

/** Limits' figures by name, and what is amiss with files → Prometheus' text format, version 0.0.4. */
export function exposition(limits: Readonly<Record<string, Figures>>, problems: readonly Problem[]): string {
  const figures = series.flatMap(([field, name, type, help]) => [
    ...headed(name, type, help),
    ...Object.entries(limits).map(([limit, figures]) => `${name}{name="${escaped(limit)}"} ${figures[field]}`),
  ]);
  return [...figures, ...files(problems)].map((line) => `${line}\n`).join("");
}

function files(problems: readonly Problem[]): readonly string[] {
  const name = "ship_file_problem";
  const lines = problems.map(({ file, what }) => `${name}{file="${escaped(file)}",problem="${what}"} 1`);
  return [
    ...headed(name, "gauge", "A file of flags or of a rate that tells nothing now; missing is normal."),
    ...lines,
  ];
}

function headed(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function escaped(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
