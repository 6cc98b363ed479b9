import type { Host } from "../core/fleet.ts";
import { groups, type Reading } from "../core/sample.ts";
import { failed } from "./missing.ts";
import { ask } from "./prometheus-answer.ts";
import { instancePattern } from "./prometheus-instance.ts";
import { filledQuery } from "./prometheus-query.ts";
import type { GroupQuery, Server } from "./prometheus-schema.ts";
import type { Asking, Found } from "./provider.ts";

/** Queries for single hosts that are under way at once; Prometheus itself runs twenty. */
const width = 8;

/** One number for whom: `host` is how core calls them. */
type Subject = { readonly host: string; readonly members: readonly Host[] };

/** One number each for the changed hosts, the others, and all; and for each changed host, where an assertion asks for that. */
export async function readQuery(
  server: Server,
  { query, window, each }: GroupQuery,
  asking: Asking,
): Promise<readonly Found[]> {
  const asked = new Map<string, Promise<Reading>>();
  const read = async ({ host, members }: Subject): Promise<Found> => {
    if (members.length === 0) return { host, reading: failed("is warming up", "no-data") };
    const text = filledQuery(query, instancePattern(server.instance, members), window);
    const at = asking.now();
    // The same question is asked once: without {hosts} it is the same for all.
    const reading = asked.get(text) ?? readOne(server, text);
    asked.set(text, reading);
    return { host, reading: await reading, at };
  };
  return inTurns(subjects(asking, window, each), read);
}

function subjects({ hosts, from, now }: Asking, window: number, each: boolean): readonly Subject[] {
  const changed = hosts.filter(({ name }) => from.has(name));
  const warm = new Set(changed.filter(({ name }) => (from.get(name) ?? 0) + window <= now()));
  const baseline = hosts.filter(({ name }) => !from.has(name));
  return [
    ...(changed.length > 0 ? [{ host: groups.changed, members: [...warm] }] : []),
    ...(baseline.length > 0 ? [{ host: groups.baseline, members: baseline }] : []),
    ...(hosts.length > 0 ? [{ host: groups.fleet, members: hosts }] : []),
    ...(each ? changed.map((host) => ({ host: host.name, members: warm.has(host) ? [host] : [] })) : []),
  ];
}

async function readOne(server: Server, query: string): Promise<Reading> {
  const answer = await ask(server, query);
  if (answer.type === "failed") return failed(answer.detail);
  if (answer.type === "scalar") return { type: "gauge", value: answer.value };
  const [first] = answer.series;
  if (first === undefined) return failed("the query gives no series", "no-data");
  if (answer.series.length > 1)
    return failed(`the query gives ${answer.series.length} series, and one is needed: sum them`, "several-series");
  return { type: "gauge", value: first.value };
}

/** In the items' order, `width` of them at a time. */
async function inTurns<Item, Result>(items: readonly Item[], read: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const open = [...items.entries()];
  const worker = async () => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) results[next[0]] = await read(next[1]);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
