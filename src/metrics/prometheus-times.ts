import { ask } from "./prometheus-answer.ts";
import { instancePattern } from "./prometheus-instance.ts";
import { playing, selectorFor, timesOf } from "./prometheus-query.ts";
import type { Server } from "./prometheus-schema.ts";
import type { Asking, Found } from "./provider.ts";
import type { Series } from "./selector.ts";

/** When each target's process started, ms since the epoch by the target's clock; by `targetOf`. */
export type Starts = ReadonlyMap<string, number>;

/** One query a read, for all metrics. A service that does not say when it started is judged without. */
export async function readStarts(server: Server, { hosts }: Asking): Promise<Starts> {
  const query = selectorFor("process_start_time_seconds", instancePattern(server.instance, hosts));
  const answer = await ask(server, query);
  const series = answer.type === "vector" ? answer.series : [];
  return new Map(series.filter(({ value }) => Number.isFinite(value)).map((one) => [targetOf(one), one.value * 1000]));
}

/** A host may be scraped at several ports, each of them another process. */
function targetOf({ labels }: Series): string {
  return `${labels["instance"]} ${labels["job"]}`;
}

/** The start of the process that counts these series; of the oldest, where there are several. */
export function startOf(series: readonly Series[], starts: Starts): Pick<Found, "start"> {
  const known = series.flatMap((one) => starts.get(targetOf(one)) ?? []);
  return known.length === 0 ? {} : { start: Math.min(...known) };
}

/** A moment by both clocks, ms since the epoch: when we asked, and when the server took the answer. */
export type Asked = { readonly sent: number; readonly taken: number };

/**
 * When the series of these roles were scraped. `stamp` is by the server's clock. `at` is by ours, from how old they were
 * when the server was asked, so that no two clocks are compared. A role is as new as its newest series, since one that
 * went away lingers; all together are as old as the oldest role.
 */
export function timesIn(
  series: readonly Series[],
  roles: readonly string[],
  asked: Asked,
): Pick<Found, "at" | "stamp"> {
  const newest = roles.flatMap((role) => {
    const times = playing(timesOf(role), series).map(({ value }) => value * 1000);
    return times.length === 0 ? [] : [Math.max(...times)];
  });
  if (newest.length === 0) return {};
  const stamp = Math.min(...newest);
  return { at: asked.sent - (asked.taken - stamp), stamp };
}
