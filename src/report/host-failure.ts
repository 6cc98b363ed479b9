import type { EventOf } from "./reporter.ts";
import { safe } from "./safe.ts";

/** What failed on a host, in a line: `activate, it ended with code 3`; `not healthy, 503 from http://127.0.0.1:8080/`. */
export function hostFailure({ operation, cause, detail }: EventOf<"host.failed">): string {
  const said = cause === "failed" || cause === "unhealthy" ? "" : safe(cause, 80);
  const what = cause === "unhealthy" ? "not healthy" : safe(operation, 40);
  return [what, said, safe(detail)].filter((text) => text !== "").join(", ");
}
