import { exits, ShipError } from "../core/error.ts";
import type { Answer } from "../core/host.ts";
import { closureSaid, closureText, readClosure } from "../core/sign.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { placeOn } from "../engine/world.ts";
import { saysYes } from "./confirm.ts";
import { byHere } from "./identity.ts";
import type { Invocation } from "./index.ts";
import { inSession, type Opened, openFleet, type Session, text } from "./session.ts";

/** lock and unlock: a file on every host says whether rollouts of the component may begin. Recoveries do not ask. */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const opened = await openFleet(session, "recovery");
    try {
      return invocation.command === "lock" ? await lock(session, opened) : await unlock(session, opened);
    } finally {
      await opened.close();
    }
  });
}

async function lock(session: Session, opened: Opened): Promise<number> {
  const { name } = opened.component;
  const why = text(session.invocation.options["reason"]);
  if (why === undefined)
    throw new ShipError("usage", "A lock needs a reason.", {
      hint: `ship lock -c ${name} --reason TEXT: whoever is refused reads it.`,
    });
  const [before] = await locksOn(opened);
  if (before !== undefined)
    throw new ShipError("refused", `${name} is locked already ${before}.`, {
      hint: `Open it first, if that is over: ship unlock -c ${name}`,
    });
  const closure = { by: byHere(), at: new Date().toISOString(), why };
  const { hosts, missed } = await leave(opened, closureText(closure));
  if (hosts.length === 0) throw new ShipError("unreachable", `No host of ${name} could be told.`, { details: missed });
  session.tell({ type: "component.locked", component: name, by: closure.by, why, hosts, missed });
  return exits.done;
}

async function unlock(session: Session, opened: Opened): Promise<number> {
  const { name } = opened.component;
  const before = await locksOn(opened);
  const question = `${name} is locked ${before.join("; and ")}. Open it?`;
  if (before.length > 0 && (await saysYes(session, question)) === "no")
    throw new ShipError("refused", "Nothing was changed: the lock was left.");
  const { hosts, missed } = await leave(opened, "");
  const why = text(session.invocation.options["reason"]) ?? "";
  session.tell({ type: "component.unlocked", component: name, by: byHere(), why, hosts, missed });
  if (missed.length === 0) return exits.done;
  throw new ShipError("unreachable", `${name} stays locked where the lock could not be taken away.`, {
    details: missed,
    hint: `When they answer again: ship unlock -c ${name}`,
  });
}

/** Each lock that is there, said once. */
async function locksOn({ world, targets }: Opened): Promise<readonly string[]> {
  const seen = await glanceAtFleet(world, targets);
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
      const answer = await world.hosts.perform(host, placeOn(component, host), { type: "lock", text });
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
