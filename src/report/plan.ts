import type { Delivery } from "../core/delivery.ts";
import type { Forecast } from "../core/forecast.ts";
import type { GatePlan, HostPlan, Plan, StagePlan } from "../core/plan.ts";
import { duration, grouped } from "../core/words.ts";
import { columns } from "./columns.ts";
import { deliveryText } from "./delivery.ts";
import { forecastLines } from "./forecast.ts";
import { moveText, releaseText } from "./naming.ts";
import { type Paint, paint } from "./paint.ts";
import { isWork } from "./progress.ts";
import { hostsText, plural, safe } from "./safe.ts";

type PlanOptions = {
  readonly color: boolean;
  /** Told for a dry run: that nothing was changed. */
  readonly dry: boolean;
  /** What the gates will see, where that was measured. */
  readonly forecast?: Forecast | undefined;
  readonly delivery?: Delivery | undefined;
};

/** The plan as it would run: stages, hosts that go the same way together, gates with their method, least duration. */
export function planText(plan: Plan, options: PlanOptions): string {
  const colors = paint(options.color);
  const stages = plan.stages.filter(isWork);
  const blocks = [
    [title(plan, stages, colors)],
    ...stages.map((stage, at) => stageLines(stage, at + 1, colors)),
    options.delivery === undefined ? [] : [`${colors.strong("Bytes")}  ${deliveryText(options.delivery)}`],
    stages.length === 0 ? [] : gateLines(plan.gates, colors),
    options.forecast === undefined ? [] : forecastLines(options.forecast, colors),
    restLines(plan, colors),
    ending(plan, stages, options.dry),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

function title(plan: Plan, stages: readonly StagePlan[], colors: Paint): string {
  const what = colors.strong(`${safe(plan.component, 60)} → ${safe(plan.version, 80)}`);
  const hosts = stages.reduce((sum, stage) => sum + working(stage).length, 0);
  const size = stages.length === 0 ? "nothing to do" : `${plural(hosts, "host")} in ${plural(stages.length, "stage")}`;
  const continues = plan.continues === undefined ? "" : `, continues rollout ${safe(plan.continues, 60)}`;
  return `${what}  ${size}${continues}${colors.quiet(`  ${safe(plan.release, 100)}`)}`;
}

function working(stage: StagePlan): readonly HostPlan[] {
  return stage.hosts.filter(({ action }) => action === "change" || action === "bake");
}

function stageLines(stage: StagePlan, at: number, colors: Paint): readonly string[] {
  const hosts = working(stage);
  const width = hosts.some(({ action }) => action === "change") ? `, ${stage.width} at a time` : "";
  const excused = stage.maxFailed > 0 ? `, up to ${stage.maxFailed} may fail` : "";
  const bake = stage.bake > 0 ? `bake ${duration(stage.bake)}` : "no bake";
  const approval = stage.approve === true ? ", begins when somebody approves it" : "";
  const head = `${at}. ${colors.strong(safe(stage.name, 60))}  ${plural(hosts.length, "host")}${width}, ${bake}${excused}${approval}`;
  const ways = [...grouped(hosts, ({ action, from, to, back }) => `${action}\n${from}\n${to}\n${back}`).values()];
  return [head, ...columns(ways.map(wayCells)).map((line) => `     ${line}`)];
}

/** Hosts that go the same way: how, from where to where, and back where it goes when the change fails. */
function wayCells(group: readonly HostPlan[]): readonly string[] {
  const [host] = group;
  if (host === undefined) return [];
  const way =
    host.action === "bake" ? `${releaseText(host.to)}, unproven: watched again` : moveText(host.from, host.to);
  const sick = group.filter(({ healthy }) => healthy === false).map((one) => one.host);
  const note = sick.length > 0 ? `not healthy now: ${hostsText(sick, 60)}` : "";
  return [
    hostsText(
      group.map((one) => one.host),
      100,
    ),
    way,
    `(back to ${releaseText(host.back)})`,
    note,
  ];
}

function gateLines(gates: readonly GatePlan[], colors: Paint): readonly string[] {
  if (gates.length === 0) return ["Gates: the health of each host, and nothing else."];
  const cells = gates.map((gate) => [
    safe(gate.assertion, 60),
    `every ${duration(gate.every)}`,
    `${safe(gate.method, 240)}${gate.observeOnly ? ", only observed" : ""}`,
  ]);
  return [colors.strong("Gates, from the first changed host on"), ...columns(cells).map((line) => `     ${line}`)];
}

function restLines(plan: Plan, colors: Paint): readonly string[] {
  const hosts = plan.stages.flatMap((stage) => stage.hosts);
  const idle = hosts.filter(({ action }) => action === "none").map(({ host }) => host);
  const absent = hosts.filter(({ action }) => action === "absent");
  const cells = [
    ...(idle.length > 0 ? [["proven already", plural(idle.length, "host"), hostsText(idle, 100)]] : []),
    ...[...grouped(absent, ({ detail }) => detail ?? "").entries()].map(([detail, group]) => {
      const names = group.map(({ host }) => host);
      return ["not reached", plural(names.length, "host"), hostsText(names, 100), safe(detail, 120)];
    }),
  ];
  if (cells.length === 0) return [];
  return [colors.strong("Not touched"), ...columns(cells).map((line) => `     ${line}`)];
}

function ending(plan: Plan, stages: readonly StagePlan[], dry: boolean): readonly string[] {
  const least = stages.length === 0 ? [] : [`At least ${duration(plan.least)}.`];
  return dry ? [[...least, "Nothing was changed."].join(" ")] : least;
}
