import type { Figures } from "./limiter.ts";

const series = [
  ["passed", "ship_limit_passed_total", "counter", "Calls that the limit let through."],
  ["delayed", "ship_limit_delayed_total", "counter", "Calls that had to wait."],
  ["refused", "ship_limit_refused_total", "counter", "Calls that were refused."],
  ["waiting", "ship_limit_waiting", "gauge", "Calls that wait now."],
  ["rate", "ship_limit_rate", "gauge", "Calls a second that may pass."],
] as const;

/** Limits' figures by name → Prometheus' text format, version 0.0.4. */
export function exposition(limits: Readonly<Record<string, Figures>>): string {
  return series
    .flatMap(([field, name, type, help]) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...Object.entries(limits).map(([limit, figures]) => `${name}{name="${escaped(limit)}"} ${figures[field]}`),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function escaped(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
