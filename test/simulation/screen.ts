import type { Happening } from "../../src/core/event.ts";
import { openPlain } from "../../src/report/plain.ts";

/** Something that must be seen nowhere. */
export const secret = "hunter2-planted";

/** What would move a terminal's cursor, set its title, or be a command to a CI server. */
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|##\[|##vso\[|^\s*::/m;

/** What may hold words that came from a host. */
const spoken: ReadonlySet<Happening["type"]> = new Set([
  "host.failed",
  "host.lost",
  "host.healthy",
  "stage.failed",
  "stage.held",
  "rollout.ended",
  "warned",
]);

/** Shows what is told as `--output plain` does, and calls back with text that no host should have been able to write there. */
export function openScreen(leaked: (text: string) => void): (happening: Happening, at: number) => void {
  let seq = 0;
  const look = (text: string) => {
    if (unsafe.test(text) || text.includes(secret)) leaked(JSON.stringify(text));
  };
  const reporter = openPlain({ write: look, warn: look, columns: 80, color: false, env: {} }, false);
  return (happening, at) => {
    if (!spoken.has(happening.type)) return;
    seq += 1;
    reporter.report({ ...happening, time: new Date(at).toISOString(), seq });
  };
}
