import type { Happening } from "../../src/core/event.ts";
import { isNothing } from "../../src/core/plan.ts";
import { versionOf } from "../../src/core/release.ts";
import { foldHosts, grouped } from "../../src/core/words.ts";
import type { Shipped } from "./lab.ts";

type Line = { readonly time: string; readonly host: string | undefined; readonly text: string };

/** What happened, a line each, with seconds from the start; hosts to which the same happens at once are folded. */
export function transcript({ planned, told, ended }: Shipped): readonly string[] {
  if (planned === undefined) return ["killed"];
  if (planned.type === "refused")
    return [`refused (${planned.outcome}): ${planned.complaints.join("; ")}`, `  ${planned.hint}`];
  if (told.length === 0 && isNothing(planned.plan)) return ["nothing to do"];
  const { plan } = planned;
  const head = `${plan.direction === "rollback" ? "rolls back" : "plans"}${plan.continues === undefined ? "" : `, continues ${plan.continues}`}`;
  const lines = told.flatMap(({ at, happening }) => lineOf((at / 1000).toFixed(1), happening));
  const body = folded(lines).map(
    ({ time, host, text }) => `${time.padStart(6)}  ${host === undefined ? "" : `${host} `}${text}`,
  );
  return [head, ...body, ...(ended === undefined ? ["killed"] : end(ended))];
}

function folded(lines: readonly Line[]): readonly Line[] {
  const groups = grouped(lines, ({ time, text }) => `${time} ${text}`);
  return [...groups.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const hosts = [first, ...rest].flatMap(({ host }) => host ?? []);
    return [{ ...first, host: first.host === undefined ? undefined : foldHosts(hosts) }];
  });
}

function lineOf(time: string, happening: Happening): readonly Line[] {
  const text = textOf(happening);
  if (text === undefined) return [];
  return [{ time, host: "host" in happening ? happening.host : undefined, text }];
}

function textOf(happening: Happening): string | undefined {
  switch (happening.type) {
    case "host.stepped":
      return `ran ${happening.run}`;
    case "host.drained":
      return "drained";
    case "host.switched":
      return `switched to ${versionOf(happening.release)}`;
    case "host.confirmed":
      return "confirmed";
    case "host.proven":
      return `proven on ${versionOf(happening.release)}`;
    case "host.reverted":
      return `is back on ${versionOf(happening.release) ?? "nothing"}`;
    case "host.failed":
      return `failed at ${happening.operation} (${happening.cause}): ${happening.detail}`;
    case "host.lost":
      return `lost at ${happening.operation}: ${happening.reason}`;
    case "stage.started":
      return `stage ${happening.stage}: ${foldHosts(happening.hosts)}, ${happening.width} at a time`;
    case "bake.started":
      return `bake of ${happening.duration / 1000} s`;
    case "stage.passed":
      return `stage ${happening.stage} passed`;
    case "stage.failed":
      return `stage ${happening.stage} failed (${happening.reason}): ${happening.detail}`;
    case "stage.held":
      return `stage ${happening.stage} held (${happening.reason}): ${happening.detail}`;
    case "rollback.started":
      return `rolls back ${happening.hosts.length === 0 ? "no host" : foldHosts(happening.hosts)}, ${happening.width} at a time`;
    case "warned":
      return `warning: ${happening.text}`;
    case "rollout.paced":
      return `${happening.rate} ${happening.value} by ${happening.by}: ${happening.why}`;
    case "evidence.restarted":
      return `measured anew by ${happening.by}: ${happening.why}`;
    case "rollout.paused":
    case "rollout.resumed":
    case "rollout.aborted":
      return `${happening.type.slice("rollout.".length)} by ${happening.by}: ${happening.why}`;
    case "approval.awaited":
      return `stage ${happening.stage} waits for an approval`;
    case "stage.approved":
      return `stage ${happening.stage} approved by ${happening.by}: ${happening.why}`;
    case "holder.watched":
      return `watches ${happening.holder} for ${happening.within / 1000} s`;
    case "holder.superseded":
      return `takes over from ${happening.holder}`;
    case "rollout.interrupted":
      return `interrupted by ${happening.signal}`;
    default:
      return undefined;
  }
}

function end(ended: NonNullable<Shipped["ended"]>): readonly string[] {
  const groups = grouped(
    ended.hosts,
    (host) =>
      `${host.state} ${host.version ?? "?"}${host.detail === undefined ? "" : ` (${host.detail})`}${host.mend === undefined ? "" : " mend"}`,
  );
  return [
    `ends ${ended.exit} ${ended.outcome} (${ended.reason}) after ${(ended.took / 1000).toFixed(1)} s`,
    `  ${ended.summary}`,
    ...(ended.hint === undefined ? [] : [`  ${ended.hint}`]),
    ...[...groups].map(([what, hosts]) => `  ${foldHosts(hosts.map(({ host }) => host))} ${what}`),
  ];
}
