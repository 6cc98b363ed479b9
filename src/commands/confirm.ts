import { createInterface } from "node:readline/promises";
import { ShipError } from "../core/error.ts";
import type { Session } from "./session.ts";

/** On a terminal an override is asked about once more; elsewhere its --reason is the answer. */
export async function confirmOverrides(session: Session, overrides: readonly string[]): Promise<void> {
  if (overrides.length === 0) return;
  const answer = await saysYes(session, `${overrides.join(" ")} overrides what usually protects the fleet. Go on?`);
  if (answer === "no") throw new ShipError("refused", "Nothing was changed: the override was not confirmed.");
}

/** A person's answer to a question; `nobody` where there is no terminal to ask on. */
export async function saysYes(session: Session, question: string): Promise<"yes" | "no" | "nobody"> {
  if (!process.stdin.isTTY || session.view !== "tty") return "nobody";
  return (await ask(`${question} Type yes: `)) === "yes" ? "yes" : "no";
}

/** What a person types, on the terminal that is known to be there. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In its own mode the terminal makes no signal of Ctrl-C.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}
