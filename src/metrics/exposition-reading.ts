import type { MetricShape } from "../core/component.ts";
import type { Reading } from "../core/sample.ts";
import { type Page, parseExposition, parseValue } from "./exposition-text.ts";
import { failed } from "./missing.ts";
import { parseSelector, type Selector, type Series, selects } from "./selector.ts";
import type { Selectors } from "./shape.ts";

/** Time series that one metric may select on one host; more than that is a mistake in the selector. */
const mostSeries = 2000;

export type Wish = { readonly shape: MetricShape; readonly selectors: Selectors };

/** Readings of several metrics from one page, in their order. */
export function readingsOf(wishes: readonly Wish[], text: string): readonly Reading[] {
  const roles = wishes.map(({ selectors }) => rolesOf(selectors));
  const page = parseExposition(text, new Set(roles.flat().map(({ selector }) => selector.name)));
  if (typeof page === "string") return wishes.map(() => failed(page));
  return wishes.map(({ shape }, index) => readingOf(shape, roles[index] ?? [], page));
}

type Role = { readonly role: string; readonly selector: Selector };

const rolesRead = new WeakMap<Selectors, readonly Role[]>();

/** Read once for each metric. */
function rolesOf(selectors: Selectors): readonly Role[] {
  const known = rolesRead.get(selectors) ?? rolesIn(selectors);
  rolesRead.set(selectors, known);
  return known;
}

function rolesIn(selectors: Selectors): readonly Role[] {
  return Object.entries(selectors).flatMap(([role, text]) => {
    const selector = parseSelector(text);
    return typeof selector === "string" ? [] : [{ role, selector }];
  });
}

function readingOf(shape: MetricShape, roles: readonly Role[], page: Page): Reading {
  const absent = roles.find((role) => isAbsent(role, page));
  if (absent !== undefined) return failed(`no series of the page is ${absent.selector.name} as selected`, "no-data");
  return readingFrom(
    shape,
    roles.map(({ role, selector }) => ({ role, series: page.series.filter((one) => selects(selector, one)) })),
  );
}

/** The series that play a role in a metric. */
export type Chosen = { readonly role: string; readonly series: readonly Series[] };

/** What one host's series make. */
export function readingFrom(shape: MetricShape, chosen: readonly Chosen[]): Reading {
  const count = chosen.reduce((sum, { series }) => sum + series.length, 0);
  if (count > mostSeries) return failed(`${count} series are selected, at most ${mostSeries} can be`, "several-series");
  return shape.type === "gauge" ? gauge(chosen[0]?.series ?? []) : counters(chosen);
}

/** That nothing went bad yet is a zero; that the page does not know the counter at all is a mistake in its name. */
function isAbsent({ role, selector }: Role, { series, declared }: Page): boolean {
  if (series.some((one) => selects(selector, one))) return false;
  return role !== "bad" || !declared.has(selector.name);
}

function gauge(series: readonly Series[]): Reading {
  const [first, second] = series;
  if (first === undefined) return failed("no series", "no-data");
  if (second === undefined) return { type: "gauge", value: first.value };
  const names = series.slice(0, 3).map((one) => one.name + labelText(one));
  return failed(`${series.length} series where one was asked for: ${names.join(", ")}`, "several-series");
}

function counters(chosen: readonly Chosen[]): Reading {
  const entries = chosen.flatMap(({ role, series }) => series.map((one) => [keyOf(role, one), one.value] as const));
  const keys = new Set(entries.map(([key]) => key));
  if (keys.size < entries.length) return failed("a series stands twice on the page");
  return { type: "counters", series: Object.fromEntries(entries) };
}

/** `bad{code="500"}`; a bucket is `le=0.05{path="/"}`, its bound as one spelling whatever the page's was. */
export function keyOf(role: string, series: Series): string {
  if (role !== "le") return role + labelText(series);
  const { le = "", ...labels } = series.labels;
  const bound = parseValue(le) ?? Number.NaN;
  return `le=${bound === Number.POSITIVE_INFINITY ? "+Inf" : bound}${labelText({ ...series, labels })}`;
}

function labelText({ labels }: Series): string {
  const sorted = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}
