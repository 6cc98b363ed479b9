import { configTable, explain, jsonSchema } from "../config/manual.ts";
import { exits } from "../core/error.ts";
import type { Invocation } from "./index.ts";

export async function run({ arguments: [key], options }: Invocation): Promise<number> {
  if (options["schema"] === true) process.stdout.write(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
  else process.stdout.write(key === undefined ? `${configTable()}\n` : `${explain(key)}\n`);
  return exits.done;
}
