import type { Reading } from "../core/sample.ts";
import { fetchHere } from "./fetch-here.ts";
import { type HttpSettings, httpSettings } from "./http-schema.ts";
import { parsePath, valueAt } from "./json-path.ts";
import { failed, unanswered } from "./missing.ts";
import { type MetricProvider, onEachHost, type Reach, type Wish } from "./provider.ts";
import { shownUrl, urlFor } from "./url-for.ts";

/** ms and bytes that a document may take. */
const limits = { within: 5000, cap: 8 * 1024 * 1024 };

/** Numbers in a JSON document, one for each host. */
export const http: MetricProvider = {
  key: (settings) => {
    const { where, url, headers } = httpSettings.parse(settings);
    return `${where} ${url} ${JSON.stringify(headers)}`;
  },
  origin: (settings) => `http ${shownUrl(httpSettings.parse(settings).url)}`,
  read: (wishes, asking) => {
    const [first] = wishes;
    if (first === undefined) return Promise.resolve([]);
    const settings = httpSettings.parse(first.settings);
    const fetched = new Map<string, Promise<string | Reading>>();
    const readOne = async (_: readonly Wish[], reach: Reach): Promise<readonly Reading[]> => {
      const text = await documentFor(settings, reach, fetched);
      return typeof text === "string" ? readDocument(wishes, text) : wishes.map(() => text);
    };
    return onEachHost(readOne)(wishes, asking);
  },
};

type Fetched = Map<string, Promise<string | Reading>>;

/** Hosts for which this machine would ask the same address share one answer. */
function documentFor(settings: HttpSettings, reach: Reach, fetched: Fetched): Promise<string | Reading> {
  const filled = urlFor(settings.url, reach.host);
  if ("unknown" in filled) return Promise.resolve(failed(`{${filled.unknown}} is not known for ${reach.host.name}`));
  if (settings.where === "host") return fetchThere(filled.url, reach);
  const known = fetched.get(filled.url) ?? fetchHere(filled.url, settings.headers, limits);
  fetched.set(filled.url, known);
  return known;
}

async function fetchThere(url: string, { look }: Reach): Promise<string | Reading> {
  const answer = await look({ type: "get", url, ...limits });
  if (answer.type !== "body") return unanswered(answer);
  return answer.status === 200 ? answer.body : failed(`the answer has status ${answer.status}`);
}

function readDocument(wishes: readonly Wish[], text: string): readonly Reading[] {
  const parsed = parsedJson(text);
  if (parsed === undefined) return wishes.map(() => failed(`the answer is not JSON: ${short(text)}`));
  return wishes.map(({ shape, settings }) => {
    const numbers = numbersIn(parsed.document, httpSettings.parse(settings).paths);
    if ("type" in numbers) return numbers;
    const { value } = numbers.series;
    return shape.type === "gauge" && value !== undefined ? { type: "gauge", value } : { type: "counters", ...numbers };
  });
}

function parsedJson(text: string): { readonly document: unknown } | undefined {
  try {
    return { document: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

type Numbers = { readonly series: Readonly<Record<string, number>> };

/** The number at each role's path; the first that is none says why. */
function numbersIn(document: unknown, paths: HttpSettings["paths"]): Numbers | Reading {
  const series: Record<string, number> = {};
  for (const [role, text] of Object.entries(paths)) {
    const steps = parsePath(text);
    const found = typeof steps === "string" ? undefined : valueAt(document, steps);
    if (found === undefined) return failed(`the document has nothing at ${text}`, "no-data");
    if (typeof found.value !== "number") return failed(`${text} is no number: ${short(found.value)}`);
    series[role] = found.value;
  }
  return { series };
}

/** The beginning of what was found, as JSON. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
