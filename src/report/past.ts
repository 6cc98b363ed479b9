import { failedHours, judgedHours, type PastAssertion, pastVerdict } from "../core/past.ts";
import { duration, number } from "../core/words.ts";
import { dayAndTime } from "./naming.ts";
import { type Paint, paint, type Tone } from "./paint.ts";
import { hostsText, plural, safe } from "./safe.ts";

export type PastPage = {
  readonly component: string;
  /** ms. */
  readonly since: number;
  /** Hours of it. */
  readonly of: number;
  /** Rollouts of that time that were recorded. */
  readonly rollouts: number;
  /** Were there metrics to ask Prometheus for? */
  readonly watched: boolean;
  readonly past: readonly PastAssertion[];
};

const tones: Readonly<Record<ReturnType<typeof pastVerdict>, Tone>> = { fail: "bad", undecided: "warn", pass: "good" };

/** What today's assertions would have said of the past: in how many hours each would have failed, and when it was tightest. */
export function pastText(page: PastPage, color: boolean): string {
  const colors = paint(color);
  const { component, since, of, rollouts, watched, past } = page;
  const source = `${safe(component, 60)} over ${duration(since)}: ${plural(rollouts, "recorded rollout")}${watched ? " and Prometheus" : ""}, ${judgedHours(past).size} of ${plural(of, "hour")} judged.`;
  const cells = past.map((one) => cellsOf(one, of));
  const widths = [0, 1, 2, 3].map((at) => Math.max(0, ...cells.map((row) => row[at]?.length ?? 0)));
  const rows = past.map((one, index) => {
    const verdict = pastVerdict([one]);
    const shown = one.policy.observeOnly ? "observed" : verdict;
    const rest = (cells[index] ?? []).map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
    return `  ${colors[tones[verdict]](shown.padEnd(9))}  ${rest}`.trimEnd();
  });
  return `${[conclusion(past, colors), source, "", ...rows].join("\n")}\n`;
}

function conclusion(past: readonly PastAssertion[], colors: Paint): string {
  const verdict = pastVerdict(past);
  const back = `In ${failedHours(past).size} of ${plural(judgedHours(past).size, "hour")} a rollout would have been rolled back.`;
  return colors[tones[verdict]](verdict === "undecided" ? "Nothing fails, and not everything could be judged." : back);
}

function cellsOf(one: PastAssertion, of: number): readonly string[] {
  const { policy, failed, judged } = one;
  return [
    safe(policy.text, 60),
    `${failed.size} h failed`,
    `${judged.size} h judged`,
    `${Math.max(0, of - judged.size)} h without data`,
    tightestText(one),
  ];
}

function tightestText({ tightest, causes, judged }: PastAssertion): string {
  if (tightest !== undefined) {
    const { value, limit, at, hosts } = tightest;
    const on = hosts.length === 0 ? "" : ` on ${hostsText(hosts, 60)}`;
    return `tightest ${number(value)} against ${number(limit)}, ${dayAndTime(at)}${on}`;
  }
  const [first] = causes;
  return judged.size > 0 || first === undefined ? "" : safe(`${first.cause}: ${first.detail}`, 80);
}
