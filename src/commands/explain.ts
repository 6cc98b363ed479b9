import { configTable, explain, jsonSchema } from "../config/manual.ts";
import { exits } from "../core/error.ts";
import type { Invocation } from "./index.ts";

/** The schema is the manual: a key, all keys as a table, or the JSON Schema. */
export async function run({ arguments: [key], options }: Invocation): Promise<number> {
  const isJson = options["json"] === true;
  if (options["schema"] === true && isJson) return told({ type: "config.schema", schema: jsonSchema() }, exits.done);
  if (options["schema"] === true) return said(JSON.stringify(jsonSchema(), undefined, 2));
  const explained = key === undefined ? ({ type: "ok", text: configTable() } as const) : explain(key);
  if (explained.type === "ok")
    return isJson ? told({ type: "key.explained", key, text: explained.text }, exits.done) : said(explained.text);
  const { nearest } = explained;
  if (isJson) return told({ type: "key.unknown", key, nearest }, exits.usage);
  const near = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(" or ")}?`;
  process.stderr.write(`The config has no key ${JSON.stringify(key)}.${near}\n`);
  return exits.usage;
}

function said(text: string): number {
  process.stdout.write(`${text}\n`);
  return exits.done;
}

/** One event a line, and the last one that every command has. */
function told(event: { readonly type: string } & Readonly<Record<string, unknown>>, exit: number): number {
  for (const line of [event, { type: "command.ended", command: "explain", exit }]) said(JSON.stringify(line));
  return exit;
}
