import { type Definition, readDefinitions } from "../../src/sdk/definitions.ts";
import { type Context, type Evaluation, evaluate } from "../../src/sdk/evaluate.ts";

/** The time that rules see in tests, in seconds. */
export const seconds = () => 1_700_000_000;

type Asked = { readonly key?: string; readonly evaluators?: object; readonly defaultVariant?: string | null };

/** A flag with the variants that the tests' rules name, and this targeting. */
export function defined(
  targeting: unknown,
  { key = "f", evaluators = {}, defaultVariant = "usual" }: Asked = {},
): Definition {
  const names = ["usual", "on", "off", "one", "two", "three", "true", "false"];
  const variants = Object.fromEntries(names.map((name) => [name, name]));
  const flags = { [key]: { state: "ENABLED", variants, defaultVariant, targeting } };
  const read = readDefinitions(JSON.stringify({ flags, $evaluators: evaluators }), seconds);
  const flag = typeof read === "string" ? undefined : read.get(key);
  if (flag === undefined) throw new Error(`The test's own file is wrong: ${String(read)}`);
  return flag;
}

/** What a rule answers: the value, or the error's code, or undefined where the code's default holds. */
export function answered(targeting: unknown, context: Context = {}, asked: Asked = {}): Evaluation["value"] {
  const { value, error } = evaluate(defined(targeting, asked), context);
  return error?.code ?? value;
}
