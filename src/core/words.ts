/** Hosts that differ in one number, folded; `count` is how many names `text` stands for. */
export type Fold = { readonly text: string; readonly count: number };

/** `api-01`, `api-02`, `api-04` → `api-[01-02,04]`: a set of names as ranges that the config reads back as the same set. */
export function foldHosts(names: readonly string[]): string {
  return folds(names)
    .map((fold) => fold.text)
    .join(", ");
}

/** The folded names in groups, so that a long list can be cut between two of them. */
export function folds(names: readonly string[]): readonly Fold[] {
  const all = sortedNames(names).map((name) => ({ name, places: numbersIn(name) }));
  const popular = tally(all);
  const known = all.map(({ name, places }) => ({ name, number: busiest(places, popular) }));
  const groups = grouped(known, ({ name, number }) => number?.around ?? name);
  return [...groups.values()].map((group) => ({ text: folded(group), count: group.length }));
}

/** Items by a key, keys and items in order of appearance. */
export function grouped<Item>(items: readonly Item[], key: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

/** A number in a name, and what stands around it. Longer ones are serials, and are not counted through. */
type Numbered = { readonly around: string; readonly before: string; readonly digits: string; readonly after: string };

function numbersIn(name: string): readonly Numbered[] {
  return [...name.matchAll(/\d+/g)]
    .filter((match) => match[0].length <= 9)
    .map((match) => {
      const before = name.slice(0, match.index);
      const after = name.slice(match.index + match[0].length);
      return { around: `${before}\n${after}`, before, digits: match[0], after };
    });
}

/** How many names have a number in these surroundings. */
function tally(all: readonly { readonly places: readonly Numbered[] }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { places } of all) {
    for (const { around } of places) counts.set(around, (counts.get(around) ?? 0) + 1);
  }
  return counts;
}

/** The number by which this name differs from most others; the first of equals. */
function busiest(places: readonly Numbered[], popular: ReadonlyMap<string, number>): Numbered | undefined {
  if (places.length < 2) return places[0];
  const count = (place: Numbered) => Number(popular.get(place.around));
  return places.reduce<Numbered | undefined>(
    (best, place) => (best === undefined || count(place) > count(best) ? place : best),
    undefined,
  );
}

/** Names that differ in their number alone; a name without one is a group of its own. */
function folded(group: readonly { readonly name: string; readonly number: Numbered | undefined }[]): string {
  const numbers = group.flatMap(({ number }) => number ?? []);
  if (group.length === 1) return group.map(({ name }) => name).join();
  const digits = ranges(numbers.map((number) => number.digits));
  // What stands around the number is the same in all of them, and the digits of a large fleet are long.
  return numbers
    .slice(0, 1)
    .map(({ before, after }) => `${before}[${digits}]${after}`)
    .join();
}

function ranges(digits: readonly string[]): string {
  const runs: { first: string; last: string }[] = [];
  const sorted = [...digits].sort((a, b) => Number(a) - Number(b) || a.length - b.length);
  for (const number of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run, number)) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.map((run) => (run.first === run.last ? run.first : `${run.first}-${run.last}`)).join(",");
}

/** A padded run keeps its width, a plain one grows: 08, 09, 10 and 8, 9, 10 are runs; 98, 99, 100 is one only unpadded. */
function follows(run: { readonly first: string; readonly last: string }, number: string): boolean {
  if (Number(number) !== Number(run.last) + 1) return false;
  const fixed = run.first.startsWith("0") && run.first.length > 1;
  return fixed ? number.length === run.first.length : number === String(Number(number));
}

/** Each name once, numbers in names by their value: api-2 before api-10. What they are sorted by is made once a name. */
function sortedNames(names: readonly string[]): readonly string[] {
  const keyed = [...new Set(names)].map((name) => ({ name, key: padded(name) }));
  return keyed.sort((a, b) => compare(a.key, b.key) || compare(a.name, b.name)).map(({ name }) => name);
}

function padded(name: string): string {
  return name.replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** ms in words, two units at most: `340 ms`, `2.1 s`, `1 m 30 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "?";
  if (ms <= 0) return "0 s";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1).replace(".0", "")} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), "m", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), "h", minutes % 60, "m");
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

function two(large: number, unit: string, small: number, subunit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${subunit}`;
}

/** A measured value with `digits` significant digits, whole from there on, large ones as 1.23M: no more than is known. */
export function number(value: number | undefined, digits = 3): string {
  if (value === undefined) return "no data";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e9) return `${Number((value / 1e9).toPrecision(digits))}G`;
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(digits))}M`;
  if (size >= 10 ** (digits - 1)) return String(Math.round(value));
  return String(Number(value.toPrecision(digits)));
}

const BARS = "▁▂▃▄▅▆▇█";

/** The last `width` values as bars between their own least and greatest; a dot where there was no number. */
export function sparkline(values: readonly (number | undefined)[], width = 24): string {
  const shown = values.slice(-width);
  const known = shown.filter((value): value is number => value !== undefined && Number.isFinite(value));
  const low = Math.min(...known);
  const high = Math.max(...known);
  return shown.map((value) => bar(value, low, high)).join("");
}

function bar(value: number | undefined, low: number, high: number): string {
  if (value === undefined || !Number.isFinite(value)) return "·";
  const level = high === low ? 3 : Math.min(7, Math.floor(((value - low) / (high - low)) * 8));
  return BARS.charAt(level);
}

/** Bytes in words, by 1024: `812 B`, `1.4 KB`, `12 MB`. */
export function bytes(n: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, n < 1024 ? 0 : Math.floor(Math.log2(n) / 10));
  const value = n / 1024 ** step;
  return `${step > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}

/** `once in 4,200 times`; what is likely is said in per cent, and what is next to impossible is not counted out. */
export function chanceText(chance: number): string {
  if (chance >= 0.1) return `${Math.round(chance * 100)}% of the time`;
  if (chance < 1e-9) return "less than once in a billion times";
  return `once in ${Math.round(1 / chance).toLocaleString("en-US")} times`;
}
