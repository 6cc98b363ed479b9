import type { Finding } from "../core/findings.ts";
import type { Inspected } from "../core/inspected-event.ts";
import type { BootHook } from "../core/inspection.ts";
import { duration, grouped } from "../core/words.ts";
import { type Paint, paint } from "./paint.ts";
import { routesText } from "./routes.ts";
import { hostsText, plural, safe, safeTail } from "./safe.ts";

/** What every host can do, and under that its findings: those of many hosts once, what hinders before what does not. */
export function doctorText(events: readonly Inspected[], color: boolean): string {
  const colors = paint(color);
  const [first] = events;
  if (first === undefined) return "No hosts.\n";
  const findings = events.flatMap(({ host, findings }) => findings.map((finding) => ({ host, finding })));
  const groups = [...grouped(findings, ({ finding }) => JSON.stringify(finding)).values()];
  const inOrder = [true, false].flatMap((bad) => groups.filter(([one]) => one?.finding.bad === bad));
  const lines = [
    headline(first.component, events, colors),
    ...routesText(events, colors),
    ...inOrder.flatMap((group) => block(group, colors)),
  ];
  return `${lines.join("\n")}\n`;
}

function headline(component: string, events: readonly Inspected[], colors: Paint): string {
  const unwell = events.filter(({ findings }) => findings.some(({ bad }) => bad)).length;
  const times = events.flatMap(({ took }) => took ?? []);
  const state = unwell === 0 ? "all well" : `${unwell} with findings`;
  const pace = times.length === 0 ? "none reached" : `a look takes ${span(times)}`;
  return `${colors.strong(safe(component, 60))}  ${plural(events.length, "host")}, ${state}; ${pace}`;
}

function span(times: readonly number[]): string {
  const [least, most] = [duration(Math.min(...times)), duration(Math.max(...times))];
  return least === most ? least : `${least} to ${most}`;
}

function block(
  group: readonly { readonly host: string; readonly finding: Finding }[],
  colors: Paint,
): readonly string[] {
  const [one] = group;
  if (one === undefined) return [];
  const { bad, text, mend } = one.finding;
  const hosts = hostsText(group.map(({ host }) => host));
  return [
    `  ${colors[bad ? "bad" : "quiet"](bad ? "bad " : "note")}  ${hosts}: ${safe(text)}`,
    ...(mend === "" ? [] : [`        ${colors.quiet("to mend:")} ${safe(mend)}`]),
  ];
}

/** A host for which `--fix` has something to write. */
export type Fix = { readonly host: string; readonly boot: BootHook };

/** Exactly what will be written, where, and on which hosts; the same text of many hosts once. */
export function fixText(fixes: readonly Fix[]): string {
  const groups = [...grouped(fixes, ({ boot }) => `${boot.where}\n${boot.text}`).values()];
  return groups.map(fixBlock).join("\n");
}

function fixBlock(group: readonly Fix[]): string {
  const [one] = group;
  if (one === undefined) return "";
  const { where, way, text } = one.boot;
  const hosts = hostsText(group.map(({ host }) => host));
  const head = way === "unit" ? `${safe(where)}, and enable it` : `a line to ${safe(where)}, all others kept`;
  return `On ${hosts} doctor writes the host program, and ${head}:\n\n${safeTail(text, 60)
    .map((line) => `    ${line}\n`)
    .join("")}`;
}
