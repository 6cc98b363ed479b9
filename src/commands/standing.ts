import type { Host } from "../core/fleet.ts";
import { treeOn } from "../engine/world.ts";
import type { Opened, Session } from "./session.ts";

/** What stands in the file of a flag or a rate on a host, beside what ship wrote there. `said` is for people. */
export type Standing = {
  readonly host: string;
  readonly state: "as written" | "overridden" | "missing" | "unknown";
  readonly said: string;
};

/** ms: it reads two small files. */
const within = 10_000;

/** Looks on every host. A host that gives no answer, or that has nothing of it, is unknown. */
export function standing({ world, component, targets }: Opened): Promise<readonly Standing[]> {
  return Promise.all(
    [...targets.hosts.values()].map(async (host: Host) => {
      const look = { type: "execute", run: "sh ./state", within } as const;
      const answer = await world.hosts.perform(host, treeOn(component, host), look);
      return { host: host.name, ...(answer.type === "exited" ? read(answer.stdout) : unknown) };
    }),
  );
}

const unknown = { state: "unknown", said: "" } as const;

function read(text: string): Omit<Standing, "host"> {
  if (/^set\b/m.test(text)) return { state: "as written", said: "" };
  if (/^missing$/m.test(text)) return { state: "missing", said: "its file was removed" };
  const [line, at = "", owner = "", value = ""] = /^override (\d{1,11}|\?) (\S{1,64}) ?(.*)$/m.exec(text) ?? [];
  if (line === undefined) return unknown;
  const when = at === "?" ? "" : ` by ${owner} at ${new Date(Number(at) * 1000).toISOString()}`;
  const what = value === "" ? "" : ` ${JSON.stringify(value.slice(0, 40))}`;
  return { state: "overridden", said: `written by hand:${what}${when}` };
}

/** Says of each host where something else stands than ship wrote: what, who, when. Nothing is done about it. */
export async function tellStanding(session: Session, opened: Opened): Promise<void> {
  const others = (await standing(opened)).filter(({ state }) => state === "overridden" || state === "missing");
  if (others.length === 0) return;
  const { component, targets } = opened;
  const shown = session.view === "json" ? others : others.slice(0, 3);
  const more = others.length > shown.length ? `; and ${others.length - shown.length} more` : "";
  session.tell({
    type: "warned",
    text: `${component.name} is not what ship wrote on ${others.length} of ${targets.hosts.size} hosts, and is left alone there (${shown.map(({ host, said }) => `${host}: ${said}`).join("; ")}${more}).`,
    hint: "To give it back to ship, remove the file there: the next change of it writes it again.",
  });
}
