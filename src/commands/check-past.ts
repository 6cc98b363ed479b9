import { join } from "node:path";
import { exits } from "../core/error.ts";
import { judgePast, type PastAssertion, pastVerdict } from "../core/past.ts";
import { type Section, sectionsOf } from "../core/section.ts";
import { listJournalsSince, readJournal } from "../journal/read.ts";
import { pastText } from "../report/past.ts";
import { openConfig, type Session } from "./session.ts";

const hourMs = 3_600_000;

/** Judges the last `since` ms with today's assertions: 0 none would have failed, 9 one would, 8 one was never decided. */
export async function checkPast(session: Session, since: number): Promise<number> {
  const { config, component } = await openConfig(session, "all");
  const from = Date.now() - since;
  const rollouts = await recordedSince(join(config.root, ".ship", "rollouts"), component.name, from);
  const past = judgePast(component, rollouts.flat(), from);
  const of = Math.ceil(since / hourMs);
  if (session.view === "json") tell(session, component.name, past, of);
  else
    session.output.write(
      pastText({ component: component.name, since, of, rollouts: rollouts.length, past }, session.output.color),
    );
  const verdict = pastVerdict(past);
  return verdict === "pass" ? exits.done : verdict === "fail" ? exits.failing : exits.held;
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
