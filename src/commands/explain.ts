import { configTable, explain, jsonSchema } from "../config/manual.ts";
import { exits } from "../core/error.ts";
import type { Invocation } from "./index.ts";

/** The schema is the manual: a key, all keys as a table, or the JSON Schema. */
export async function run({ arguments: [key], options }: Invocation): Promise<number> {
  if (options["schema"] === true) return said(JSON.stringify(jsonSchema(), undefined, 2));
  if (key === undefined) return said(configTable());
  const explained = explain(key);
  if (explained.type === "ok") return said(explained.text);
  const near = explained.nearest.length === 0 ? "" : ` Did you mean ${explained.nearest.join(" or ")}?`;
  process.stderr.write(`The config has no key ${JSON.stringify(key)}.${near}\n`);
  return exits.usage;
}

function said(text: string): number {
  process.stdout.write(`${text}\n`);
  return exits.done;
}
