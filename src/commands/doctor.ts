import { exits, ShipError } from "../core/error.ts";
import { findingsOf } from "../core/findings.ts";
import { serverOf } from "../core/fleet.ts";
import type { Inspected } from "../core/inspected-event.ts";
import type { Looked } from "../core/inspection.ts";
import { inspectFleet, rearmHosts } from "../engine/inspect.ts";
import { hostOf, serviceOn } from "../engine/world.ts";
import { doctorText, type Fix, fixText } from "../report/doctor.ts";
import { saysYes } from "./confirm.ts";
import { trustHosts } from "./doctor-trust.ts";
import type { Invocation } from "./index.ts";
import { inSession, type Opened, openFleet, type Session } from "./session.ts";

/**
 * Looks at the hosts as closely as it can. With `--trust` a person is first asked to trust the keys of those not known yet;
 * with `--fix` it writes what lets them survive a reboot, and looks again.
 */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const opened = await openFleet(session, "recovery");
    try {
      if (invocation.options["trust"] === true) await trustHosts(session, opened);
      const looked = await inspectFleet(opened.world, opened.targets);
      show(session, inspectedOf(opened, looked));
      const fixes = invocation.options["fix"] === true ? fixesOf(opened, looked) : [];
      if (fixes.length === 0) return exitOf(inspectedOf(opened, looked));
      await fix(session, opened, fixes);
      const again = inspectedOf(opened, await inspectFleet(opened.world, opened.targets));
      show(session, again);
      return exitOf(again);
    } finally {
      await opened.close();
    }
  });
}

function inspectedOf({ targets, config, routes }: Opened, looked: ReadonlyMap<string, Looked>): readonly Inspected[] {
  const { component } = targets;
  return [...looked].map(([name, one]) => {
    const host = hostOf(targets, name);
    const { path } = serviceOn(component, host);
    const rehearsal = config.ssh.transport === "sandbox";
    const findings = findingsOf(one, { component: component.name, path, rehearsal });
    const route = (rehearsal ? undefined : routes.get(serverOf(host).name)) ?? null;
    const where = {
      type: "host.inspected",
      component: component.name,
      cohort: host.cohort,
      host: name,
      route,
    } as const;
    return one.type === "absent" ? { ...where, ...unknown, findings } : { ...where, ...said(one), findings };
  });
}

const unknown = { took: null, user: null, skew: null, free: null, tools: [], boot: null, rebootSafe: null } as const;

function said({ took, skew, observation, inspection }: Extract<Looked, { readonly type: "looked" }>) {
  const { user, tools, boot } = inspection;
  return { took, user, skew, free: observation.free, tools, boot: boot.way, rebootSafe: boot.installed };
}

function show(session: Session, events: readonly Inspected[]): void {
  if (session.view === "json") for (const event of events) session.tell(event);
  else session.output.write(doctorText(events, session.output.color));
}

/** Hosts that have a finding, one that was not reached included, fail; without any that was reached nothing is known. */
function exitOf(events: readonly Inspected[]): number {
  if (events.length > 0 && events.every(({ took }) => took === null)) return exits.unreachable;
  return events.some(({ findings }) => findings.some(({ bad }) => bad)) ? exits.failing : exits.done;
}

/** The sandbox's hosts are this machine's own user, whose crontab is not theirs to write. */
function fixesOf({ config }: Opened, looked: ReadonlyMap<string, Looked>): readonly Fix[] {
  if (config.ssh.transport === "sandbox") return [];
  return [...looked].flatMap(([host, one]) => {
    if (one.type === "absent") return [];
    const { boot } = one.inspection;
    return boot.installed || boot.way === "none" ? [] : [{ host, boot }];
  });
}

async function fix(session: Session, opened: Opened, fixes: readonly Fix[]): Promise<void> {
  if (session.view !== "json") session.output.write(`\n${fixText(fixes)}\n`);
  await agree(session);
  const hosts = fixes.map(({ host }) => hostOf(opened.targets, host));
  const failed = await rearmHosts(opened.world, opened.targets, hosts);
  for (const { host, boot } of fixes) {
    const reason = failed.get(host);
    if (reason === undefined) session.tell({ type: "host.rearmed", host, where: boot.where });
    else session.tell({ type: "warned", text: `${host} could not be mended: ${reason}`, hint: undefined });
  }
}

/** On a terminal a person says yes to what was shown; elsewhere a reason stands for it. */
async function agree(session: Session): Promise<void> {
  const { reason } = session.invocation.options;
  const answer = await saysYes(session, "Write this?");
  if (answer === "no") throw new ShipError("refused", "Nothing was changed: it was not confirmed.");
  if (answer === "yes" || typeof reason === "string") return;
  throw new ShipError("usage", "--fix asks before it writes, and there is no terminal to ask on.", {
    hint: "Look at what is shown above, then say --fix --reason TEXT.",
  });
}
