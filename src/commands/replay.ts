import { join } from "node:path";
import { changeOf } from "../changes/index.ts";
import { exits, ShipError } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import { type Replayed, replay, replayVerdict } from "../core/replay.ts";
import { sectionsOf } from "../core/section.ts";
import { listJournals, readJournal } from "../journal/read.ts";
import { replaySummary, replayText } from "../report/replay.ts";
import { journalFolder } from "./history.ts";
import type { Invocation } from "./index.ts";
import { inSession, readConfig, type Session, text } from "./session.ts";

/** Judges a recorded rollout again, from the journal alone: 0 would have passed, 9 would have failed, 8 without a verdict. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const recording = await recordingOf(session, invocation.arguments[0]);
    const { start, events } = recording;
    const file = text(invocation.options["with"]) ?? text(invocation.options["config"]);
    const config = await readConfig(session, "all", { file, component: start.component });
    const component = changeOf(start.component, config);
    if (component === undefined)
      throw new ShipError("usage", `${config.file} has no component ${start.component}, which the rollout is of.`);
    const end = events.findLast((event) => event.type === "rollout.ended");
    const replayed = replay(component, sectionsOf(events), end?.outcome);
    show(session, recording, replayed);
    const verdict = replayVerdict(replayed.end);
    return verdict === "pass" ? exits.done : verdict === "fail" ? exits.failing : exits.held;
  });
}

type Started = Extract<Event, { readonly type: "rollout.started" }>;
type Recording = { readonly id: string; readonly start: Started; readonly events: readonly Event[] };

/** The rollout that is named, or the newest one that was recorded. */
async function recordingOf(session: Session, named: string | undefined): Promise<Recording> {
  const folder = (await journalFolder(session)) ?? join(process.cwd(), ".ship", "rollouts");
  const component = text(session.invocation.options["component"]);
  const ids = (await listJournals(folder)).filter((id) => named === undefined || id === named);
  for (const id of ids) {
    const events = (await readJournal(folder, id))?.events ?? [];
    const start = events.find((event) => event.type === "rollout.started");
    const fits = start !== undefined && (component === undefined || start.component === component);
    if (fits && events.some((event) => event.type === "samples.read")) return { id, start, events };
    if (named !== undefined) throw unrecorded(id, start);
  }
  const hint = "ship log lists the rollouts that are known here.";
  if (named === undefined) throw new ShipError("usage", "No rollout was recorded here.", { hint });
  throw new ShipError("usage", `Rollout ${named} has no journal here, and only journals hold what was measured.`, {
    hint,
  });
}

function unrecorded(id: string, start: Started | undefined): ShipError {
  if (start?.direction === "rollback")
    return new ShipError("usage", `${id} went back to what was proven before: nothing was measured.`);
  return new ShipError("usage", `The journal of ${id} holds no samples, so it cannot be judged again.`, {
    hint: "Either nothing was measured, or it is older than ship's recording of samples.",
  });
}

function show(session: Session, { id, start }: Recording, replayed: Replayed): void {
  const { component, version } = start;
  if (session.view !== "json") {
    session.output.write(replayText({ id, component, version }, replayed, session.output.color));
    return;
  }
  for (const { section, assertions } of replayed.stages)
    for (const { assertion, before = null, now = null, failedAt = null } of assertions)
      session.tell({ type: "assertion.replayed", stage: section.stage, assertion, before, now, failedAt });
  const summary = replaySummary(replayed.end);
  const verdict = replayVerdict(replayed.end);
  session.tell({ type: "rollout.replayed", replayed: id, component, version, verdict, summary });
}
