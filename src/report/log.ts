import type { Outcome } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import { bytes, duration, number } from "../core/words.ts";
import { cameText, sentText } from "./bytes.ts";
import { columns } from "./columns.ts";
import { details, numbers } from "./judgement.ts";
import { clock, dayAndTime, releaseText } from "./naming.ts";
import type { EventOf } from "./reporter.ts";
import { hostsText, plural, safe } from "./safe.ts";
import { measuredSentence, partSentence } from "./set.ts";
import { steeredSentence } from "./steered.ts";

/** One event in one line, whatever it is: `12:00:03  host.switched  api-02 to v408`. */
export function logText(event: Event): string {
  const said = sentence(event);
  return `${clock(event.time)}  ${event.type.padEnd(18)}${said === "" ? "" : `  ${said}`}`.trimEnd();
}

/** The line without its time and type: enough beside them, and all that a verbose view adds. */
export function sentence(event: Event): string {
  if ("host" in event && "release" in event && event.type !== "host.observed") return hostSentence(event);
  switch (event.type) {
    case "stage.started":
    case "stage.passed":
    case "stage.failed":
    case "stage.held":
    case "bake.started":
    case "assertion.judged":
    case "metric.sampled":
    case "samples.read":
    case "rollback.started":
      return stageSentence(event);
    default:
      return rolloutSentence(event);
  }
}

type HostEvent = Exclude<
  Extract<Event, { readonly host: string; readonly release: unknown }>,
  EventOf<"host.observed">
>;

function hostSentence(event: HostEvent): string {
  const host = safe(event.host, 120);
  const release = releaseText(event.release);
  switch (event.type) {
    case "host.placed":
      return `${host} has ${release}, ${cameText(event)}`;
    case "host.stepped":
      return `${host} ran ${safe(event.run, 120)}`;
    case "host.armed":
      return `${host} for ${release}, lease ${duration(event.lease)}`;
    case "host.healthy":
      return `${host} on ${release}: ${safe(event.detail)}`;
    case "host.failed":
      return `${host} on ${release}, ${safe(event.operation, 40)}: ${[event.cause, event.detail].map((text) => safe(text)).join(": ")}`;
    case "host.lost":
      return `${host}, ${safe(event.operation, 40)}: ${safe(event.reason)}`;
    case "host.reverted":
      return `${host} is back on ${release}`;
    default:
      return `${host} on ${release}`;
  }
}

type StageEvent = EventOf<
  | "stage.started"
  | "stage.passed"
  | "stage.failed"
  | "stage.held"
  | "bake.started"
  | "assertion.judged"
  | "metric.sampled"
  | "samples.read"
  | "rollback.started"
>;

function stageSentence(event: StageEvent): string {
  switch (event.type) {
    case "stage.started":
      return `${safe(event.stage, 60)}, ${plural(event.hosts.length, "host")}, ${event.width} at a time: ${hostsText(event.hosts)}`;
    case "stage.passed":
      return `${safe(event.stage, 60)}, ${plural(event.judgements.length, "assertion")}`;
    case "stage.failed":
    case "stage.held":
      return `${safe(event.stage, 60)}, ${event.reason}: ${safe(event.detail)}`;
    case "bake.started":
      return `${safe(event.stage, 60)} for ${duration(event.duration)}, until ${clock(event.until)}`;
    case "assertion.judged":
      return judged(event);
    case "metric.sampled":
      return `${safe(event.metric, 80)} ${number(event.value)} on ${plural(event.hosts, "host")}${because(event.causes)}`;
    case "samples.read":
      return `${safe(event.stage, 60)}, ${plural(event.samples.metrics.length, "metric")} on ${plural(event.samples.hosts.length, "host")}`;
    case "rollback.started":
      return `${event.reason}, ${plural(event.hosts.length, "host")}, ${event.width} at a time: ${hostsText(event.hosts)}`;
  }
}

function judged({ judgement }: EventOf<"assertion.judged">): string {
  const more = details(judgement);
  return `${judgement.verdict} ${safe(judgement.assertion, 80)}: ${numbers(judgement)}${more === "" ? "" : `, ${more}`}`;
}

function because(causes: readonly string[]): string {
  return causes.length === 0 ? "" : ` (${causes.map((cause) => safe(cause, 80)).join(", ")})`;
}

function rolloutSentence(event: Exclude<Event, HostEvent | StageEvent>): string {
  switch (event.type) {
    case "artifact.resolved":
      return `${safe(event.release, 100)}, ${bytes(event.size)}, sha256 ${safe(event.digest, 13)}`;
    case "rollout.started":
      return startSentence(event);
    case "host.observed":
      return observedSentence(event);
    case "host.inspected":
      return inspectedSentence(event);
    case "bytes.sent":
      return `${safe(event.stage, 60)}, ${sentText(event)}`;
    case "transport.chosen":
      return `${safe(event.transport, 20)} for ${plural(event.hosts.length, "host")}: ${safe(event.reason, 200)}`;
    case "host.rearmed":
      return `${safe(event.host, 120)} survives a reboot by ${safe(event.where, 120)}`;
    case "plan.made":
      return `${plural(event.plan.stages.length, "stage")} for ${safe(event.plan.release, 100)}, at least ${duration(event.plan.least)}`;
    case "rollout.interrupted":
      return `by ${safe(event.signal, 20)}`;
    case "rollout.paused":
    case "rollout.resumed":
    case "rollout.paced":
    case "evidence.restarted":
    case "rollout.aborted":
    case "stage.approved":
    case "approval.awaited":
    case "holder.watched":
    case "holder.superseded":
    case "rollout.steered":
    case "component.locked":
    case "component.unlocked":
      return steeredSentence(event);
    case "warned":
      return [event.text, event.hint ?? ""]
        .map((text) => safe(text))
        .join(" ")
        .trim();
    case "rollout.ended":
      return `${event.outcome} (exit ${event.exit}, ${event.reason}) after ${duration(event.took)}: ${safe(event.summary)}`;
    case "part.started":
      return partSentence(event);
    case "set.measured":
      return measuredSentence(event);
    case "set.ended":
      return `${event.outcome} (exit ${event.exit}) after ${duration(event.took)}: ${safe(event.summary)}`;
    case "assertion.replayed":
      return `${safe(event.stage, 60)}, ${safe(event.assertion, 80)}: ${event.before?.verdict ?? "-"} then, ${event.now?.verdict ?? "-"} now`;
    case "rollout.replayed":
      return `${safe(event.replayed, 60)}: ${safe(event.summary)}`;
    case "past.judged":
      return `${safe(event.assertion, 80)}: ${event.hours.failed} of ${plural(event.hours.judged, "hour")} would have failed`;
    case "flag.declared":
      return `${safe(event.flag, 80)}: ${Object.keys(event.variants)
        .map((name) => safe(name, 40))
        .join(", ")}; ${safe(event.default, 40)} by default`;
    case "rate.declared":
      return `${safe(event.rate, 80)}: ${event.default} by default, ${event.min} to ${event.max ?? "any number"}`;
    case "command.failed":
      return `${event.outcome}: ${safe(event.message)}`;
    case "command.ended":
      return `${safe(event.command, 40)}, exit ${event.exit}`;
  }
}

/** Who rolls what, from where and why; which overrides were used stands in every report. */
export function startSentence(event: EventOf<"rollout.started">): string {
  const what = `${safe(event.component, 60)} ${event.direction === "forward" ? "to" : "back to"} ${safe(event.version, 80)}`;
  const parts = [
    `${what}, by ${safe(event.by, 80)} from ${safe(event.from, 80)}`,
    event.continued ? "continues" : "",
    event.why === undefined ? "" : `because: ${safe(event.why)}`,
    event.overrides.length === 0 ? "" : `overrides: ${event.overrides.map((one) => safe(one, 40)).join(" ")}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function observedSentence(event: EventOf<"host.observed">): string {
  const host = `${safe(event.host, 120)} (${safe(event.cohort, 60)})`;
  if (event.cause !== undefined) return `${host}: ${safe(event.cause)}`;
  const runs = event.version === null ? "runs nothing" : `runs ${safe(event.version, 80)}`;
  const health = event.healthy === null ? "" : event.healthy ? ", healthy" : ", not healthy";
  return `${host} ${runs}, ${event.proven ? "proven" : `unproven (${event.phase ?? "no record"})`}${health}`;
}

function inspectedSentence({ host, findings }: EventOf<"host.inspected">): string {
  const said = findings.map(({ text }) => safe(text)).join("; ");
  return `${safe(host, 120)}: ${said === "" ? "all well" : said}`;
}

/** A past or present rollout, for the list: `outcome` is undefined while it runs, or when its runner vanished. */
export type RolloutEntry = {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly component: string;
  readonly version: string;
  readonly by: string;
  readonly why: string | undefined;
  readonly outcome: Outcome | undefined;
  /** ms. */
  readonly took: number | undefined;
};

/** The list of rollouts, as given, a line each. */
export function rolloutsText(list: readonly RolloutEntry[]): string {
  if (list.length === 0) return "No rollouts yet.\n";
  const rows = list.map((entry) => [
    dayAndTime(entry.time),
    safe(entry.id, 40),
    safe(`${entry.component} ${entry.version}`, 60),
    entry.outcome ?? "no end seen",
    entry.took === undefined ? "" : duration(entry.took),
    safe([entry.by, entry.why ?? ""].filter((text) => text !== "").join(": "), 80),
  ]);
  return `${columns(rows).join("\n")}\n`;
}
