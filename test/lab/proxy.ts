import { createInterface } from "node:readline";
import { openGates } from "./gates.ts";

/** The gates as a program of its own, in the network that ship runs in. */
function serve(): void {
  const gates = openGates(JSON.parse(process.argv[2] ?? ""));
  createInterface({ input: process.stdin }).on("line", (line) => {
    console.log(JSON.stringify(gates.respond(JSON.parse(line))));
  });
}

serve();
