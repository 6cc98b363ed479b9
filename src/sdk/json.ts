/** What a flag's variant may be, and what a definition file consists of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a key of its own: a context's prototype is no part of it. Texts have keys too, as a rule may ask for. */
export function ownOf(value: unknown, key: string): unknown {
  if (isObject(value)) return Object.hasOwn(value, key) ? value[key] : undefined;
  if (value === null || value === undefined || !Object.hasOwn(Object(value), key)) return undefined;
  const own: unknown = Reflect.get(Object(value), key);
  return own;
}

/** Lists are objects here. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
