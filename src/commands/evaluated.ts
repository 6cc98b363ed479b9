import { ShipError } from "../core/error.ts";
import { grouped } from "../core/words.ts";
import { treeOn } from "../engine/world.ts";
import { hostsText, safe } from "../report/safe.ts";
import { readDefinitions } from "../sdk/definitions.ts";
import { evaluate } from "../sdk/evaluate.ts";
import { type FlagOnHost, flagOn } from "./flag-now.ts";
import type { Opened, Session } from "./session.ts";

type Context = Readonly<Record<string, unknown>>;

/** What an application on each host gives to whom `context` describes (`app=shop-17`), by the file that it reads there. */
export async function showEvaluated(session: Session, opened: Opened, context: readonly string[]): Promise<void> {
  const asked = contextOf(context);
  const { world, component, targets } = opened;
  const name = component.name.replace(/^flag:/, "");
  const found = await Promise.all(
    [...targets.hosts.values()].map(async (host) => ({
      host: host.name,
      gets: given(await flagOn(world.hosts, host, treeOn(component, host)), name, asked),
    })),
  );
  for (const [gets, hosts] of grouped(found, (one) => one.gets)) {
    const text = `${context.join(" ")} gets ${gets} on ${hostsText(
      hosts.map(({ host }) => host),
      100,
    )}`;
    if (session.view === "json") session.tell({ type: "warned", text, hint: undefined });
    else session.output.write(`  ${safe(text, 400)}\n`);
  }
}

function contextOf(written: readonly string[]): Context {
  return Object.fromEntries(
    written.map((one) => {
      const [, field = "", value = ""] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(one) ?? [];
      if (field !== "") return [field, typed(value)];
      throw new ShipError("usage", `${JSON.stringify(one)} says nothing of anybody.`, { hint: "--for app=shop-17" });
    }),
  );
}

/** What reads as a number is one where it is written as a number would be: `007` and long ids are text. */
function typed(value: string): unknown {
  if (value === "true" || value === "false") return value === "true";
  return String(Number(value)) === value && Number.isFinite(Number(value)) ? Number(value) : value;
}

const usual = "the application's own default";

function given(now: FlagOnHost, name: string, context: Context): string {
  switch (now.type) {
    case "unknown":
      return `nothing that is known (${now.why})`;
    case "none":
      return now.isRemoved ? `${usual} (the file was removed)` : usual;
    case "edited":
      return `${evaluated(now.text, name, context)}, by a file edited by hand,`;
    case "written":
      return evaluated(`{"flags":{${JSON.stringify(name)}:${now.text}}}`, name, context);
  }
}

/** An application goes on with what it read before where a file is broken. */
function evaluated(file: string, name: string, context: Context): string {
  try {
    const definitions = readDefinitions(file, () => Date.now() / 1000);
    if (typeof definitions === "string") return `nothing new (${definitions})`;
    const flag = definitions.get(name);
    if (flag === undefined) return usual;
    const { variant, error, reason } = evaluate(flag, context);
    return error === undefined ? `${variant ?? usual} (${reason})` : `nothing (${error.message})`;
  } catch {
    return "nothing (its definition is nested too deeply)";
  }
}
