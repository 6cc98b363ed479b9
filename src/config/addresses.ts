import { carrying } from "../core/fleet.ts";
import { placeholdersOf } from "../metrics/url-for.ts";
import { unfilled } from "./carriers.ts";
import type { Finding, Path } from "./document.ts";
import type { Known } from "./fleet.ts";
import { valueAt } from "./issue.ts";

/** Addresses that are asked for numbers, and are made of labels that one of the component's hosts does not have. */
export function addressFindings(
  written: unknown,
  labels: Readonly<Record<string, string>>,
  known: Known,
  path: Path,
): readonly Finding[] {
  if (!known.complete) return [];
  const hosts = carrying(known.fleet.cohorts.at(-1)?.hosts ?? [], labels);
  return [["probe"], ...httpMetrics(written)].flatMap((place) => {
    const url = valueAt(written, [...place, "url"]);
    const names = typeof url === "string" ? placeholdersOf(url) : [];
    return unfilled(names, ["host", "address"], hosts, [...path, ...place, "url"]);
  });
}

/** A metric has one source or a list of them. */
function httpMetrics(written: unknown): readonly Path[] {
  const metrics = Object.entries(Object(valueAt(written, ["metrics"]) ?? {}));
  const sources = metrics.flatMap(([name, of]): readonly Path[] =>
    Array.isArray(of) ? of.map((_, index) => ["metrics", name, index]) : [["metrics", name]],
  );
  return sources.filter((path) => valueAt(written, [...path, "from"]) === "http");
}
