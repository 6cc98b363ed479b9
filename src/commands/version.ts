import packageJson from "../../package.json" with { type: "json" };
import { exits } from "../core/error.ts";
import type { Invocation } from "./index.ts";

export async function run({ options }: Invocation): Promise<number> {
  const text =
    options["json"] === true
      ? JSON.stringify({ type: "command.ended", command: "version", version: packageJson.version, exit: exits.done })
      : `ship ${packageJson.version}`;
  process.stdout.write(`${text}\n`);
  return exits.done;
}
