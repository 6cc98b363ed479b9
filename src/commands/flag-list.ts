import { exits } from "../core/error.ts";
import type { Happening } from "../core/event.ts";
import type { FlagPolicy } from "../core/flag.ts";
import { columns } from "../report/columns.ts";
import { expiry, isExpired } from "./expiry.ts";
import { readConfig, type Session, text } from "./session.ts";

/** What is declared, and which flags should be gone: the hosts are not asked. */
export async function listFlags(session: Session): Promise<number> {
  const file = text(session.invocation.options["config"]);
  const { declared } = await readConfig(session, "recovery", { file, component: undefined });
  const flags = [...declared.flags.values()];
  if (session.view === "json") for (const flag of flags) session.tell(declaredEvent(flag, new Date()));
  else for (const line of linesOf(flags, new Date())) session.output.write(`${line}\n`);
  return exits.done;
}

function declaredEvent(policy: FlagPolicy, today: Date): Happening {
  const { name, components, variants, default: usual, owner = null, expires } = policy;
  const due = { expires: expires ?? null, expired: isExpired(expires, today) };
  return { type: "flag.declared", flag: name, components, variants, default: usual, owner, ...due };
}

function linesOf(flags: readonly FlagPolicy[], today: Date): readonly string[] {
  if (flags.length === 0) return ["The config declares no flag; `ship explain flags` tells how."];
  return columns(
    flags.map(({ name, components, variants, default: usual, owner = "nobody's", expires }) => {
      const all = Object.keys(variants).map((variant) => (variant === usual ? `${variant} (default)` : variant));
      return [name, `of ${components.join(", ")}`, all.join(", "), owner, expiry(expires, today)];
    }),
  );
}
