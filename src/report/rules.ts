import { safe } from "./safe.ts";

/** Alerts, and what could not be made one. `for` in ms. */
export type Rules = {
  readonly component: string;
  readonly alerts: readonly {
    readonly name: string;
    readonly assertion: string;
    readonly expression: string;
    readonly for: number;
    readonly observeOnly: boolean;
  }[];
  readonly leftOut: readonly { readonly assertion: string; readonly reason: string }[];
};

/** A file of alert rules, as Prometheus reads it. Texts stand as JSON has them, which YAML reads alike. */
export function rulesText({ component, alerts, leftOut }: Rules): string {
  const lines = [
    `# The assertions of ${safe(component, 60)} as alert rules, by ship check --export prometheus.`,
    "# An alert needs numbers: where a service gives none, ship is undecided, and no rule fires.",
    ...leftOut.map(({ assertion, reason }) => `# Left out: ${safe(assertion, 200)}: ${safe(reason, 200)}`),
    ...(alerts.length === 0 ? ["groups: []"] : ["groups:", `  - name: ${quoted(`ship-${component}`)}`, "    rules:"]),
    ...alerts.flatMap((alert) => ruleLines(component, alert)),
  ];
  return `${lines.join("\n")}\n`;
}

function ruleLines(component: string, alert: Rules["alerts"][number]): readonly string[] {
  const summary = `${component}: ${alert.assertion} does not hold`;
  return [
    `      - alert: ${quoted(alert.name)}`,
    `        expr: ${quoted(alert.expression)}`,
    ...(alert.for === 0 ? [] : [`        for: ${quoted(lasting(alert.for))}`]),
    "        labels:",
    `          component: ${quoted(component)}`,
    ...(alert.observeOnly ? [`          observe_only: "true"`] : []),
    "        annotations:",
    `          summary: ${quoted(summary)}`,
    `          value: "{{ $value }}"`,
  ];
}

/** Prometheus' durations have no fractions. */
function lasting(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
