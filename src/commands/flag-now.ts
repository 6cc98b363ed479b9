import { readProgram } from "../changes/flag-program.ts";
import { type FlagState, reachesAll } from "../core/flag.ts";
import { dropped } from "../core/flag-dropped.ts";
import { readDefinition } from "../core/flag-text.ts";
import type { Host } from "../core/fleet.ts";
import type { Answer, Hosts, Place } from "../core/host.ts";
import { grouped } from "../core/words.ts";
import { treeOn } from "../engine/world.ts";
import { nothingLive, outputCap } from "../host/execute.ts";
import { hostsText } from "../report/safe.ts";
import type { Opened, Session } from "./session.ts";

/** What an application on a host reads of a flag. Texts are raw. */
export type FlagOnHost =
  /** As ship wrote it: the flag's own definition. */
  | { readonly type: "written"; readonly text: string }
  /** The whole file, as somebody left it. */
  | { readonly type: "edited"; readonly text: string }
  /** ship never wrote it there, or somebody took the file away. */
  | { readonly type: "none"; readonly isRemoved: boolean }
  | { readonly type: "unknown"; readonly why: string };

/** ms: it reads two small files. */
const within = 10_000;

/** `tree` is the flag's own on the host. */
export async function flagOn(hosts: Hosts, host: Host, tree: Place): Promise<FlagOnHost> {
  const answer = await hosts.perform(host, tree, { type: "execute", run: readProgram, within });
  if (answer.type === "failed" && answer.detail === nothingLive) return { type: "none", isRemoved: false };
  if (answer.type === "exited") return read(answer);
  const why = "reason" in answer ? answer.reason : "detail" in answer ? answer.detail : `it answered ${answer.type}`;
  return { type: "unknown", why };
}

const unreadable: FlagOnHost = { type: "unknown", why: "its file cannot be read" };

/** What is cut off ends with a code of its own. */
function read({ code, stdout: said }: Extract<Answer, { readonly type: "exited" }>): FlagOnHost {
  if (Buffer.byteLength(said) >= outputCap)
    return { type: "unknown", why: "its file is too large to be read from here" };
  const [, word, text = ""] = /^(set|override|missing)\b[^\n]*\n(.*)$/s.exec(said) ?? [];
  if (word === undefined || code !== 0) return unreadable;
  if (word === "missing") return { type: "none", isRemoved: true };
  return { type: word === "set" ? "written" : "edited", text };
}

/**
 * A state is asked for as a whole: says of each host whom its flag is for now and the new state does not name. It goes on all the
 * same, and hosts that do not answer are left to the rollout.
 */
export async function tellDropped(session: Session, opened: Opened, state: FlagState): Promise<void> {
  if (reachesAll(state)) return;
  const { world, component, targets } = opened;
  const found = await Promise.all(
    [...targets.hosts.values()].map(async (host) => ({
      host: host.name,
      what: droppedBy(await flagOn(world.hosts, host, treeOn(component, host)), state),
    })),
  );
  for (const [what, hosts] of grouped(found, (one) => one.what)) {
    if (what === "") continue;
    const names = hosts.map(({ host }) => host);
    session.tell({
      type: "warned",
      text: `${component.name} is also for ${what} on ${hostsText(names, 100)}, which this leaves out: who has it by that alone loses it.`,
      hint: "To keep it, say it again with the rest: --percent, --by, --for and --for-file name the whole state.",
    });
  }
}

function droppedBy(now: FlagOnHost, state: FlagState): string {
  const found = now.type === "written" ? readDefinition(now.text) : undefined;
  return found?.type === "ok" ? dropped(found.definition, state).join(" and for ") : "";
}
