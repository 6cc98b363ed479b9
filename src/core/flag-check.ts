import { type FlagPolicy, type FlagState, isFlagName } from "./flag.ts";
import type { Json } from "./json.ts";

/** What is wrong with what was asked of a flag, or with what a host says of it, and what was expected instead. */
export type FlagComplaint = { readonly type: "complaint"; readonly message: string; readonly expected: string };

/** Undefined where the flag can be one: the format has variants of one type, of which one is the default. */
export function policyComplaint({ name, variants, default: usual }: FlagPolicy): FlagComplaint | undefined {
  if (!isFlagName(name))
    return complaint(`"${name}" cannot be a flag's name`, "letters, digits, ., - and _, at most 64");
  const names = Object.keys(variants);
  if (!names.includes(usual)) return complaint(`"${usual}" is none of the variants of ${name}`, names.join(", "));
  const types = [...new Set(Object.values(variants).map(typeOf))];
  const [type = ""] = types;
  if (types.length > 1)
    return complaint(`the variants of ${name} are of several types: ${types.join(", ")}`, "one type");
  return usable.includes(type)
    ? undefined
    : complaint(`the variants of ${name} are of the type ${type}`, usable.join(", "));
}

const usable = ["boolean", "string", "number", "object"];

function typeOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

/** Undefined where the state makes sense for the flag. */
export function stateComplaint(policy: FlagPolicy, state: FlagState): FlagComplaint | undefined {
  const { variant, percent, key } = state;
  const names = Object.keys(policy.variants);
  if (!names.includes(variant)) return complaint(`${policy.name} has no variant "${variant}"`, names.join(", "));
  if (percent !== undefined && !isPercent(percent)) return complaint(`${percent} is no percentage`, percentHint);
  if (key === "") return complaint("a share is split by a field of the context, and this names none", "targetingKey");
  if (variant !== policy.default || (percent === undefined && state.for.length === 0)) return undefined;
  const others = names.filter((name) => name !== policy.default).join(", ");
  const message = `"${variant}" is what everybody has who is given nothing else: it cannot be given to some`;
  return complaint(message, `a share or an audience of another variant: ${others}`);
}

const percentHint = "a number from 0 to 100 with at most three decimals, as in 2.5";

/** `10`, `2.5` or `2.5%` → 2.5. */
export function readPercent(text: string): number | FlagComplaint {
  const written = text.trim().replace(/\s*%$/, "");
  const percent = Number(written);
  return /^\d+(\.\d+)?$/.test(written) && isPercent(percent)
    ? percent
    : complaint(`"${text}" is no percentage`, percentHint);
}

function isPercent(percent: number): boolean {
  return percent >= 0 && percent <= 100 && Number(percent.toFixed(3)) === percent;
}

function complaint(message: string, expected: string): FlagComplaint {
  return { type: "complaint", message, expected };
}
