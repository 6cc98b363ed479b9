import type { Compiler, Rule } from "./rule.ts";

type Version = {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly pre: readonly (string | number)[];
};

/** A check of two versions; `^` is the same major, `~` the same major and minor, whichever of them is newer. */
type Check = (left: Version, right: Version) => boolean;

const checks: Readonly<Record<string, Check>> = {
  "=": (left, right) => compared(left, right) === 0,
  "!=": (left, right) => compared(left, right) !== 0,
  "<": (left, right) => compared(left, right) < 0,
  "<=": (left, right) => compared(left, right) <= 0,
  ">": (left, right) => compared(left, right) > 0,
  ">=": (left, right) => compared(left, right) >= 0,
  "^": (left, right) => left.major === right.major,
  "~": (left, right) => left.major === right.major && left.minor === right.minor,
};

/** flagd's sem_ver: version, check, version. What cannot be read is no answer (null), so that the default variant holds. */
export function semVer(args: readonly unknown[], { compile }: Compiler): Rule {
  const [left, check, right] = [versionRule(args[0], compile), compile(args[1]), versionRule(args[2], compile)];
  if (args.length !== 3) return () => null;
  return (data) => {
    const [one, other] = [left(data), right(data)];
    const holds = checkOf(check(data));
    return one === undefined || other === undefined || holds === undefined ? null : holds(one, other);
  };
}

/** A version that stands in the file is read once and not at each call. */
function versionRule(raw: unknown, compile: Compiler["compile"]): (data: unknown) => Version | undefined {
  if (typeof raw === "string") {
    const version = versionOf(raw);
    return () => version;
  }
  const rule = compile(raw);
  return (data) => versionOf(rule(data));
}

function checkOf(name: unknown): Check | undefined {
  return typeof name === "string" && Object.hasOwn(checks, name) ? checks[name] : undefined;
}

const number = "(0|[1-9]\\d*)";
const preRelease = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const full = new RegExp(
  `^[vV]?${number}\\.${number}\\.${number}(?:-(${preRelease}(?:\\.${preRelease})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const longest = 256;
const partial = /^[vV]?(\d+)(?:\.(\d+))?$/;

/** What was read before: an application meets the same few versions again and again. Emptied when it holds too many. */
const known = new Map<string, Version | undefined>();
const most = 1_000;

function versionOf(value: unknown): Version | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  const before = known.get(text);
  if (before !== undefined || known.has(text)) return before;
  return text.length > longest ? undefined : remembered(text);
}

function remembered(text: string): Version | undefined {
  if (known.size >= most) known.clear();
  const version = read(text);
  known.set(text, version);
  return version;
}

/** As semver.org says it, and as flagd does: a leading v is left out, and `1` or `1.2` is made whole. */
function read(text: string): Version | undefined {
  const trimmed = text.trim();
  const found = full.exec(trimmed) ?? partial.exec(trimmed);
  if (found === null) return undefined;
  const [, major, minor = 0, patch = 0, pre] = found;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), pre: identifiers(pre) };
}

function identifiers(pre: string | undefined): readonly (string | number)[] {
  return pre?.split(".").map((one) => (/^\d+$/.test(one) ? Number(one) : one)) ?? [];
}

/** Precedence, semver.org §11; below, same or above zero. */
function compared(left: Version, right: Version): number {
  return (
    left.major - right.major || left.minor - right.minor || left.patch - right.patch || comparedPre(left.pre, right.pre)
  );
}

function comparedPre(left: Version["pre"], right: Version["pre"]): number {
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (one === other) continue;
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}
