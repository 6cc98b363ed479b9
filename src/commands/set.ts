import { resolve } from "node:path";
import { readChangeFile } from "../config/change-file.ts";
import { complaintText } from "../config/complaint.ts";
import { readYaml } from "../config/file.ts";
import { valueAt } from "../config/issue.ts";
import { exits, ShipError } from "../core/error.ts";
import { partText } from "../core/set-text.ts";
import { remedyText } from "../report/set.ts";
import { showPlan } from "./plan.ts";
import { type Opened, type Session, text, withFleet } from "./session.ts";
import { type Place, placeOf } from "./set-part.ts";
import { runSet } from "./set-run.ts";

/** `ship deploy --file`: several changes of one service, one after the other, that are one rollout. */
export function deploySet(session: Session): Promise<number> {
  const { dryRun, offline } = session.invocation.options;
  if (dryRun === true || offline === true) return planSet(session);
  return withSet(session, (opened, places) => runSet(session, opened, places));
}

/** The plans of all parts as the fleet is now, one after the other: a later part finds what an earlier one has left. */
export function planSet(session: Session): Promise<number> {
  if (session.invocation.options["out"] !== undefined)
    throw new ShipError("usage", "The plan of a change set cannot be kept.", { hint: "Leave out --out, or --file." });
  return withSet(session, async ({ component }, places) => {
    const say = (line: string) => (session.view === "json" ? undefined : session.output.write(line));
    for (const [index, { part, opened, request }] of places.entries()) {
      say(`${index === 0 ? "" : "\n"}Part ${index + 1} of ${places.length}: ${partText(part)}\n\n`);
      await showPlan(session, opened, request);
    }
    say(`\nWhen a part fails: ${remedyText(component.remedy)}.\n`);
    return exits.done;
  });
}

type Body = (opened: Opened, places: readonly Place[]) => Promise<number>;

async function withSet(session: Session, body: Body): Promise<number> {
  const { options } = session.invocation;
  if (options["version"] !== undefined)
    throw new ShipError("usage", "A change set says the version itself: --version cannot stand beside --file.");
  const file = resolve(text(options["file"]) ?? "");
  const component = text(options["component"]) ?? (await componentIn(file));
  const named = component === undefined ? options : { ...options, component };
  const invocation = { ...session.invocation, options: named };
  return withFleet({ ...session, invocation }, "all", async (opened) => {
    const { name, tree } = opened.component;
    if (tree !== undefined)
      throw new ShipError("usage", `A change set is about a component, and ${name} is none.`, { hint: "-c COMPONENT" });
    const { declared } = opened.config;
    const read = await readChangeFile(file, process.cwd(), { component: name, declared });
    if (read.type === "complaints") throw complained(read.complaints.map(complaintText));
    const places = await Promise.all(read.changes.map((asked) => placeOf(invocation, opened, asked)));
    return body(opened, places);
  });
}

/** Which config's component the file is about has to be known before the file can be held against it. */
async function componentIn(file: string): Promise<string | undefined> {
  const { document } = await readYaml(file, process.cwd());
  return text(valueAt(document?.value, ["component"]));
}

function complained(details: readonly string[]): ShipError {
  const count = details.length === 1 ? "a mistake" : `${details.length} mistakes`;
  return new ShipError("usage", `The change set has ${count}.`, { details });
}
