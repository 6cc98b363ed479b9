import type { Host } from "../core/fleet.ts";
import type { Reading } from "../core/sample.ts";
import { grouped } from "../core/words.ts";
import { type Chosen, readingFrom } from "./exposition-reading.ts";
import { failed } from "./missing.ts";
import { type Answered, ask, hasMetric } from "./prometheus-answer.ts";
import { instanceOf, instancePattern, ownersOf } from "./prometheus-instance.ts";
import { playing, roleLabel, seriesQuery } from "./prometheus-query.ts";
import type { Server } from "./prometheus-schema.ts";
import { type Asked, type Starts, startOf, timesIn } from "./prometheus-times.ts";
import type { Asking, Found, Wish } from "./provider.ts";
import { parseSelector, type Series } from "./selector.ts";
import type { Selectors } from "./shape.ts";

/** A metric, as it is asked of a server. */
export type Shaped = Pick<Wish, "shape"> & { readonly selectors: Selectors; readonly server: Server };

/** A metric of a shape on every host: its series as they were scraped last, and when that was. */
export async function readSeries(wish: Shaped, asking: Asking, starts: Promise<Starts>): Promise<readonly Found[]> {
  const { hosts } = asking;
  const { server, selectors } = wish;
  // Before the question goes out: a sample is taken for older than it is by the way there, and never for newer.
  const sent = asking.now();
  const answer = await ask(server, seriesQuery(selectors, instancePattern(server.instance, hosts)));
  if (answer.type !== "vector") return hosts.map(({ name }) => ({ host: name, reading: unread(answer) }));
  const zero = await canBeAbsent(wish, answer.series);
  const read = { zero, asked: { sent, taken: answer.at }, starts: await starts };
  const owner = ownersOf(server.instance, hosts);
  const series = grouped(answer.series, ({ labels }) => owner(labels["instance"] ?? "") ?? "");
  return hosts.map((host) => readHost(wish, host, series.get(host.name) ?? [], read));
}

type Read = { readonly zero: ReadonlySet<string>; readonly asked: Asked; readonly starts: Starts };

function readHost(wish: Shaped, host: Host, series: readonly Series[], { zero, asked, starts }: Read): Found {
  const chosen = Object.keys(wish.selectors).map((role) => ({ role, series: playing(role, series).map(unmarked) }));
  const absent = chosen.find(({ role, series }) => series.length === 0 && !zero.has(role));
  if (absent !== undefined) return { host: host.name, reading: withoutSeries(wish, absent, host) };
  const roles = chosen.map(({ role }) => role);
  return {
    host: host.name,
    reading: readingFrom(wish.shape, chosen),
    ...timesIn(series, roles, asked),
    ...startOf(
      chosen.flatMap((one) => one.series),
      starts,
    ),
  };
}

function unmarked({ name, labels, value }: Series): Series {
  const { [roleLabel]: _, ...own } = labels;
  return { name, labels: own, value };
}

function unread(answer: Exclude<Answered, { readonly type: "vector" }>): Reading {
  return failed(answer.type === "failed" ? answer.detail : "Prometheus' answer has no series");
}

function withoutSeries({ selectors, server }: Shaped, { role }: Chosen, host: Host): Reading {
  const instance = instanceOf(server.instance, host);
  return failed(`Prometheus has no series ${selectors[role]} whose instance label is ${instance}`, "no-data");
}

/**
 * The roles of which a host may have no series: that nothing went bad yet is a zero; that the server does not know the
 * counter at all is a mistake in its name. Where the other role has the same name it is known.
 */
async function canBeAbsent({ selectors, server }: Shaped, series: readonly Series[]): Promise<ReadonlySet<string>> {
  const { bad, all } = selectors;
  if (bad === undefined || all === undefined) return new Set();
  const name = nameIn(bad);
  const known = name === nameIn(all) || playing("bad", series).length > 0 || (await hasMetric(server, name));
  return new Set(known ? ["bad"] : []);
}

function nameIn(text: string): string {
  const selector = parseSelector(text);
  return typeof selector === "string" ? "" : selector.name;
}
