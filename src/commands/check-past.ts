import { join } from "node:path";
import type { Component } from "../core/component.ts";
import { exits } from "../core/error.ts";
import { type Host, hostsOf } from "../core/fleet.ts";
import { hoursOf } from "../core/hours.ts";
import { judgePast, type PastAssertion, pastVerdict, together } from "../core/past.ts";
import { type Section, sectionsOf } from "../core/section.ts";
import { listJournalsSince, readJournal } from "../journal/read.ts";
import { readPast } from "../metrics/prometheus-past.ts";
import { pastText } from "../report/past.ts";
import { openConfig, type Session } from "./session.ts";
import { refuseSeveral } from "./several.ts";

const hourMs = 3_600_000;

/** Judges the last `since` ms with today's assertions: 0 none would have failed, 9 one would, 8 one was never decided. */
export async function checkPast(session: Session, since: number): Promise<number> {
  const { config, component } = await openConfig(session, "all");
  refuseSeveral(component);
  const from = Date.now() - since;
  const rollouts = await recordedSince(join(config.root, ".ship", "rollouts"), component.name, from);
  const hosts = hostsOf(config.fleet, component.hosts).at(-1)?.hosts ?? [];
  const watched = await watchedSince(session, component, hosts, { from, since });
  const past = together(judgePast(component, rollouts.flat(), from), watched);
  const of = Math.ceil(since / hourMs);
  if (session.view === "json") tell(session, component.name, past, of);
  else
    session.output.write(
      pastText(
        { component: component.name, since, of, rollouts: rollouts.length, watched: isWatched(component), past },
        session.output.color,
      ),
    );
  const verdict = pastVerdict(past);
  return verdict === "pass" ? exits.done : verdict === "fail" ? exits.failing : exits.held;
}

function isWatched({ metrics }: Component): boolean {
  return metrics.some(({ sources }) => sources.some(({ provider }) => provider === "prometheus"));
}

/** What the journals hold of the component since then, a list of sections for each rollout; the runs are told apart. */
async function recordedSince(
  folder: string,
  component: string,
  from: number,
): Promise<readonly (readonly Section[])[]> {
  const rollouts: (readonly Section[])[] = [];
  let runs = 0;
  for (const id of (await listJournalsSince(folder, from)).toReversed()) {
    const events = (await readJournal(folder, id))?.events ?? [];
    const start = events.find((event) => event.type === "rollout.started");
    if (start?.component !== component) continue;
    const sections = sectionsOf(events).map((section) => ({ ...since(section, from), run: runs + section.run }));
    runs = Math.max(runs, ...sections.map(({ run }) => run));
    if (sections.some(({ measurements }) => measurements.length > 0)) rollouts.push(sections);
  }
  return rollouts;
}

function since(section: Section, from: number): Section {
  return { ...section, measurements: section.measurements.filter(({ at }) => at >= from) };
}

function tell(session: Session, component: string, past: readonly PastAssertion[], of: number): void {
  for (const one of past) {
    const { policy, failed, judged, tightest, causes } = one;
    session.tell({
      type: "past.judged",
      component,
      assertion: policy.text,
      verdict: pastVerdict([one]),
      hours: { failed: failed.size, judged: judged.size, of },
      tightest: tightest === undefined ? null : { at: tightest.at, value: tightest.value, limit: tightest.limit },
      causes,
      observeOnly: policy.observeOnly,
    });
  }
}

/** So much of a server's past is asked for at a time. */
const chunkMs = 6 * hourMs;

/** What Prometheus knows of the time, in steps of the same length; where it cannot be asked, that is said and nothing judged. */
async function watchedSince(
  session: Session,
  component: Component,
  hosts: readonly Host[],
  { from, since }: { readonly from: number; readonly since: number },
): Promise<readonly PastAssertion[]> {
  const step = stepOf(since, hosts.length);
  const names = hosts.map(({ name }) => name);
  let past: readonly PastAssertion[] = [];
  for (let start = from; start < from + since; start += chunkMs) {
    const to = Math.min(start + chunkMs, from + since) - step;
    const { samples, failures } = await readPast(component, hosts, { from: start, to, step });
    const sections = hoursOf(component, samples, { run: 1, hosts: names, from, step });
    past = together(judgePast(component, sections, from), past);
    for (const text of failures)
      session.tell({ type: "warned", text, hint: "What it knows of the past is not judged." });
    if (failures.length > 0) return past;
  }
  return past;
}

const steps = [15, 30, 60, 120, 300].map((seconds) => seconds * 1000);

/** A rollout looks every 15 s. The past is looked at as often, as far as that is done in about half a minute. */
function stepOf(since: number, hosts: number): number {
  return steps.find((step) => (since / step) * Math.max(16, hosts) <= 80_000) ?? 300_000;
}
