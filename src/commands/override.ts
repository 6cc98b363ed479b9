import type { Host } from "../core/fleet.ts";
import { treeOn } from "../engine/world.ts";
import type { Opened, Session } from "./session.ts";

/** ms: it reads two small files. */
const within = 10_000;

/** Says of each host where somebody wrote by hand what ship would have written: who, when and what. Nothing is done about it. */
export async function tellOverrides(session: Session, opened: Opened): Promise<void> {
  const { component, targets } = opened;
  const found = await Promise.all(
    [...targets.hosts.values()].map(async (host) => ({ host, override: await overrideOn(opened, host) })),
  );
  const overridden = found.flatMap(({ host, override }) =>
    override === undefined ? [] : [`${host.name}: ${override}`],
  );
  if (overridden.length === 0) return;
  session.tell({
    type: "warned",
    text: `${component.name} was written by hand on ${overridden.length} of ${targets.hosts.size} hosts, and is left alone there (${overridden.slice(0, 3).join("; ")}).`,
    hint: "It is ship's again where that file is removed, and the same command is typed once more.",
  });
}

async function overrideOn({ world, component }: Opened, host: Host): Promise<string | undefined> {
  const answer = await world.hosts.perform(host, treeOn(component, host), {
    type: "execute",
    run: "sh ./state",
    within,
  });
  const found = answer.type === "exited" ? /^override (\d{1,15}) (\S{1,64}) ?(.*)$/m.exec(answer.stdout) : null;
  if (found === null) return undefined;
  const [, at = "", owner = "", value = ""] = found;
  const said = value === "" ? "" : `${JSON.stringify(value.slice(0, 40))} `;
  return `${said}by ${owner} at ${new Date(Number(at) * 1000).toISOString()}`;
}
