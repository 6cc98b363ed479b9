import type { Definition } from "./definitions.ts";
import type { Json } from "./json.ts";

/** What the application knows of whom it asks for: `targetingKey`, by which shares are split, and whatever rules look at. */
export type Context = Readonly<Record<string, unknown>>;

/** How a flag came out, in OpenFeature's words; without a value the caller's default holds. */
export type Evaluation = {
  readonly value: Json | undefined;
  readonly variant: string | undefined;
  readonly reason: "STATIC" | "DEFAULT" | "TARGETING_MATCH" | "DISABLED" | "ERROR";
  /** Set where the reason is ERROR. */
  readonly error: { readonly code: "PARSE_ERROR" | "GENERAL"; readonly message: string } | undefined;
};

const nobody: Context = {};

/**
 * Evaluates a flag for a context, as flagd's in-process providers do. Never throws: a rule that does is an ERROR.
 * Source: flagd.dev, flag definitions; OpenFeature specification, resolution details.
 */
export function evaluate(flag: Definition, context: Context = nobody): Evaluation {
  if (!flag.enabled) return withoutValue("DISABLED");
  const { targeting } = flag;
  if (targeting === undefined) return defaultOf(flag, "STATIC");
  if (typeof targeting === "string") return failed("PARSE_ERROR", targeting);
  try {
    const named = targeting(context);
    return named === null || named === undefined ? defaultOf(flag, "DEFAULT") : variantOf(flag, String(named));
  } catch (error) {
    return failed("GENERAL", error instanceof Error ? error.message : "the rule threw");
  }
}

function defaultOf({ variants, defaultVariant }: Definition, reason: "STATIC" | "DEFAULT"): Evaluation {
  if (defaultVariant === undefined) return withoutValue("DEFAULT");
  return { value: variants.get(defaultVariant), variant: defaultVariant, reason, error: undefined };
}

/** A rule that answers true or false names the variant of that name, as every other answer does. */
function variantOf({ variants }: Definition, variant: string): Evaluation {
  const value = variants.get(variant);
  if (value === undefined) return failed("GENERAL", `there is no variant ${variant}`);
  return { value, variant, reason: "TARGETING_MATCH", error: undefined };
}

function withoutValue(reason: "DEFAULT" | "DISABLED"): Evaluation {
  return { value: undefined, variant: undefined, reason, error: undefined };
}

function failed(code: "PARSE_ERROR" | "GENERAL", message: string): Evaluation {
  return { value: undefined, variant: undefined, reason: "ERROR", error: { code, message } };
}
