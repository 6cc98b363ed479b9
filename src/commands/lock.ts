import { exits, ShipError } from "../core/error.ts";
import { holderSaid } from "../core/holder.ts";
import type { Answer } from "../core/host.ts";
import { runnersOf } from "../core/runner.ts";
import { closureSaid, closureText, readClosure } from "../core/sign.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { treeOn } from "../engine/world.ts";
import { saysYes } from "./confirm.ts";
import { byHere } from "./identity.ts";
import type { Invocation } from "./index.ts";
import { inSession, type Opened, type Session, text, withFleet } from "./session.ts";

/** lock and unlock: a file on every host says whether rollouts of the component may begin. Recoveries do not ask. */
export function run(invocation: Invocation): Promise<number> {
  const body = invocation.command === "lock" ? lock : unlock;
  return inSession(invocation, (session) => withFleet(session, "recovery", (opened) => body(session, opened)));
}

async function lock(session: Session, opened: Opened): Promise<number> {
  const { name } = opened.component;
  const why = text(session.invocation.options["reason"]);
  if (why === undefined)
    throw new ShipError("usage", "A lock needs a reason.", {
      hint: `ship lock -c ${name} --reason TEXT: whoever is refused reads it.`,
    });
  const seen = await glanceAtFleet(opened.world, opened.targets);
  const [before] = locksOn(seen);
  if (before !== undefined)
    throw new ShipError("refused", `${name} is locked already ${before}.`, {
      hint: `Open it first, if that is over: ship unlock -c ${name}`,
    });
  const closure = { by: byHere(), at: new Date().toISOString(), why };
  const { hosts, missed } = await leave(opened, closureText(closure));
  if (hosts.length === 0) throw new ShipError("unreachable", `No host of ${name} could be told.`, { details: missed });
  session.tell({ type: "component.locked", component: name, by: closure.by, why, hosts, missed });
  warnOfRunners(session, seen);
  if (missed.length === 0) return exits.done;
  throw new ShipError(
    "stuck",
    `${name} is locked, and not on every host: a rollout that cannot see one of the others begins.`,
    {
      details: missed,
      hint: `When they answer again: ship unlock -c ${name}, then lock it anew`,
    },
  );
}

/** A lock keeps rollouts from beginning; one that is under way goes on. */
function warnOfRunners(session: Session, seen: Fleet): void {
  for (const { rollout, holder } of runnersOf(seen)) {
    const text = `Rollout ${rollout} is not stopped by a lock: it may be run by ${holderSaid(holder)}.`;
    session.tell({
      type: "warned",
      text,
      hint: "To stop it where it is: ship pause. To put everything back: ship abort.",
    });
  }
}

async function unlock(session: Session, opened: Opened): Promise<number> {
  const { name } = opened.component;
  const seen = await glanceAtFleet(opened.world, opened.targets);
  const before = locksOn(seen);
  const why = text(session.invocation.options["reason"]) ?? "";
  if (before.length === 0) return notLocked(session, name, { seen, why });
  const question = `${name} is locked ${before.join("; and ")}. Open it?`;
  if ((await saysYes(session, question)) === "no")
    throw new ShipError("refused", "Nothing was changed: the lock was left.");
  const { hosts, missed } = await leave(opened, "");
  session.tell({ type: "component.unlocked", component: name, by: byHere(), why, hosts, missed });
  if (missed.length === 0) return exits.done;
  throw new ShipError("stuck", `${name} stays locked where the lock could not be taken away.`, {
    details: missed,
    hint: `When they answer again: ship unlock -c ${name}`,
  });
}

/** No host that answers is locked: nothing is written. Those that do not answer may be. */
function notLocked(
  session: Session,
  name: string,
  { seen, why }: { readonly seen: Fleet; readonly why: string },
): number {
  session.tell({ type: "component.unlocked", component: name, by: byHere(), why, hosts: [], missed: [] });
  const absent = [...seen].flatMap(([host, one]) => (one.type === "absent" ? [`${host}: ${one.reason}`] : []));
  if (absent.length === 0) return exits.done;
  throw new ShipError("unreachable", `${name} is not locked on any host that answers; others may be.`, {
    details: absent,
    hint: `When they answer again: ship unlock -c ${name}`,
  });
}

type Fleet = Awaited<ReturnType<typeof glanceAtFleet>>;

/** Each lock that is there, said once. */
function locksOn(seen: Fleet): readonly string[] {
  const closures = [...seen.values()].flatMap((one) =>
    one.type === "observed" ? (readClosure(one.observation.signs.closed) ?? []) : [],
  );
  return [...new Set(closures.map(closureSaid))];
}

/** The hosts that have it now, and the others with the reason. */
async function leave({ world, targets }: Opened, text: string) {
  const { component } = targets;
  const answers = await Promise.all(
    [...targets.hosts.values()].map(async (host) => {
      const answer = await world.hosts.perform(host, treeOn(component, host), { type: "lock", text });
      return { host: host.name, why: answer.type === "done" ? undefined : whyNot(answer) };
    }),
  );
  return {
    hosts: answers.flatMap(({ host, why }) => (why === undefined ? [host] : [])),
    missed: answers.flatMap(({ host, why }) => (why === undefined ? [] : [`${host}: ${why}`])),
  };
}

function whyNot(answer: Answer): string {
  if ("reason" in answer) return answer.reason;
  return "detail" in answer ? answer.detail : answer.type;
}
