import type { HealthCheck } from "./component.ts";
import type { Answer } from "./host.ts";
import { versionOf } from "./release.ts";

/** What an answer has to show: that `release` answers, and not the process `not`, which was there before the change. */
export type Expected = { readonly release: string; readonly not: string | undefined };

export type Health = { readonly healthy: boolean; readonly detail: string };

/** Is it the new release that answers, and well? Anything but a proven answer is no. */
export function judgeHealth(check: HealthCheck, answer: Answer, expected: Expected): Health {
  if (answer.type !== "health") return { healthy: false, detail: "reason" in answer ? answer.reason : answer.type };
  if (!answer.healthy) return { healthy: false, detail: answer.detail };
  switch (check.proof) {
    case "none":
      return { healthy: true, detail: answer.detail };
    case "version":
      return names(answer.body, versionOf(expected.release), answer.detail);
    case "folder":
      return runsFrom(answer.process?.release ?? "", expected.release, answer.detail);
    case "process":
      return another(answer.process?.identity, expected.not, answer.detail);
  }
}

/** Does a text name the version as a word of its own? `v40` is not in `v408`. */
function names(body: string, version: string | undefined, detail: string): Health {
  const words = body.split(/[^A-Za-z0-9._+-]+/).map((word) => word.replace(/\.+$/, ""));
  if (version !== undefined && words.includes(version)) return { healthy: true, detail };
  return {
    healthy: false,
    detail: `${detail}, but the answer does not name ${version ?? "a version"}: another process may be answering`,
  };
}

function runsFrom(found: string, release: string, detail: string): Health {
  if (found === release) return { healthy: true, detail };
  return {
    healthy: false,
    detail: `${detail}, but the service runs from ${found || "another folder"}, not from ${release}`,
  };
}

/** By its identity and not by its start: two clocks are never compared. */
function another(found: string | undefined, not: string | undefined, detail: string): Health {
  if (found === undefined)
    return { healthy: false, detail: `${detail}, but its process cannot be seen: name it with \`process:\`` };
  if (found !== not) return { healthy: true, detail };
  return { healthy: false, detail: `${detail}, but by the process that ran before: it was not restarted` };
}

/** How far the watch over one host has come. Times in ms. */
export type Watch = { readonly startedAt: number; readonly wellSince: number | undefined };

export type Watched = { readonly watch: Watch; readonly verdict: "healthy" | "unhealthy" | "wait" };

/** One more look: healthy after `for` without a break; unhealthy when it did not come by `within`, or kept breaking off. */
export function watchHealth(watch: Watch, check: HealthCheck, healthy: boolean, now: number): Watched {
  const elapsed = now - watch.startedAt;
  if (!healthy) {
    const over = watch.wellSince === undefined ? elapsed >= check.within : elapsed >= check.within + check.for;
    return { watch: { ...watch, wellSince: undefined }, verdict: over ? "unhealthy" : "wait" };
  }
  const wellSince = watch.wellSince ?? now;
  if (now - wellSince >= check.for) return { watch: { ...watch, wellSince }, verdict: "healthy" };
  const late = watch.wellSince === undefined && elapsed >= check.within + check.for;
  return { watch: { ...watch, wellSince }, verdict: late ? "unhealthy" : "wait" };
}
