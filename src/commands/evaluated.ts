import { ShipError } from "../core/error.ts";
import { readDefinition } from "../core/flag-text.ts";
import type { Host } from "../core/fleet.ts";
import { grouped } from "../core/words.ts";
import { treeOn } from "../engine/world.ts";
import { hostsText, safe } from "../report/safe.ts";
import { readDefinitions } from "../sdk/definitions.ts";
import { evaluate } from "../sdk/evaluate.ts";
import type { Opened, Session } from "./session.ts";

/** ms: it reads one small file. */
const within = 10_000;

/** What an application on each host gives to whom `context` describes (`app=shop-17`), by what the host has of the flag. */
export async function showEvaluated(session: Session, opened: Opened, context: readonly string[]): Promise<void> {
  const asked = contextOf(context);
  const found = await Promise.all(
    [...opened.targets.hosts.values()].map(async (host) => ({
      host: host.name,
      gets: await given(opened, host, asked),
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

function contextOf(written: readonly string[]): Readonly<Record<string, unknown>> {
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

async function given(
  { world, component }: Opened,
  host: Host,
  context: Readonly<Record<string, unknown>>,
): Promise<string> {
  const look = { type: "execute", run: "cat ./definition.json", within } as const;
  const answer = await world.hosts.perform(host, treeOn(component, host), look);
  if (answer.type !== "exited" || answer.code !== 0) return "the application's own default";
  try {
    return evaluated(answer.stdout, component.name.replace(/^flag:/, ""), context);
  } catch {
    return "nothing (its definition is nested too deeply)";
  }
}

function evaluated(text: string, name: string, context: Readonly<Record<string, unknown>>): string {
  const read = readDefinition(text);
  if (read.type === "complaint") return `nothing (${read.message})`;
  const definitions = readDefinitions(JSON.stringify({ flags: { [name]: read.definition } }), () => Date.now() / 1000);
  const flag = typeof definitions === "string" ? undefined : definitions.get(name);
  if (flag === undefined) return "the application's own default";
  const { variant, error, reason } = evaluate(flag, context);
  return error === undefined
    ? `${variant ?? "the application's own default"} (${reason})`
    : `nothing (${error.message})`;
}
