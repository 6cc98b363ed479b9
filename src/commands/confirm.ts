import { createInterface } from "node:readline/promises";
import { ShipError } from "../core/error.ts";
import type { Session } from "./session.ts";

/** On a terminal an override is asked about once more; elsewhere its --reason is the answer. */
export async function confirmOverrides(session: Session, overrides: readonly string[]): Promise<void> {
  if (overrides.length === 0 || !process.stdin.isTTY || session.view !== "tty") return;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await ask.question(
      `${overrides.join(" ")} overrides what usually protects the fleet. Go on? Type yes: `,
    );
    if (answer.trim() !== "yes") throw new ShipError("refused", "Nothing was changed: the override was not confirmed.");
  } finally {
    ask.close();
  }
}
