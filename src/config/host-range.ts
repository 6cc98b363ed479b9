import { expand } from "brace-expansion";

/** More hosts than this in one entry is a typing mistake. */
const most = 10_000;

/** `api-[02-04,07].example.com` → its hosts, padding kept; or what is wrong with it. */
export function hostsInRange(text: string): readonly string[] | { readonly message: string } {
  if (/[^A-Za-z0-9._[\],-]/.test(text)) return { message: `"${text}" cannot be a host's name` };
  const parts = text.split(/(\[[^[\]]*\])/);
  const problem = parts.map(problemOf).find((found) => found !== undefined);
  if (problem !== undefined) return { message: `"${text}": ${problem}` };
  const count = parts.map(countOf).reduce((product, number) => product * number, 1);
  if (count > most) return { message: `"${text}" is ${count} hosts; an entry may be ${most} at most` };
  const names = expand(parts.map(braces).join(""), { max: most });
  return names.length > 0 && names.every(isHostName) ? names : { message: `"${text}" cannot be a host's name` };
}

function isHostName(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(text) && !text.includes("..");
}

function problemOf(part: string): string | undefined {
  if (!isRange(part)) return /[[\],]/.test(part) ? "a bracket or comma stands alone" : undefined;
  const wrong = items(part).find((item) => !/^\d{1,9}(-\d{1,9})?$/.test(item));
  if (wrong !== undefined) return `"${wrong}" is neither a number nor a range such as 02-04`;
  const uneven = items(part).find(isUneven);
  if (uneven !== undefined) return `${uneven} starts with a zero, so that both numbers need the same number of digits`;
  const backwards = items(part).find((item) => lengthOf(item) < 1);
  return backwards === undefined ? undefined : `the range ${backwards} runs backwards`;
}

function isRange(part: string): boolean {
  return part.startsWith("[");
}

function items(part: string): readonly string[] {
  return part.slice(1, -1).split(",");
}

function lengthOf(item: string): number {
  const [first = "", last = first] = item.split("-");
  return Number(last) - Number(first) + 1;
}

/** `[00-100]` is read in two ways: as 000 or as 00. */
function isUneven(item: string): boolean {
  const [first = "", last = first] = item.split("-");
  return first.length !== last.length && [first, last].some((number) => /^0\d/.test(number));
}

function countOf(part: string): number {
  return isRange(part) ? items(part).reduce((sum, item) => sum + lengthOf(item), 0) : 1;
}

/** `[02-04,07]` → `{{02..04},07}`, and a single item without the outer braces, as the library wants it. */
function braces(part: string): string {
  if (!isRange(part)) return part;
  const written = items(part).map((item) => (item.includes("-") ? `{${item.replace("-", "..")}}` : item));
  return written.length === 1 ? written.join("") : `{${written.join(",")}}`;
}
