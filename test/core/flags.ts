import { definitionOf, type FlagPolicy, type FlagState, usualKey } from "../../src/core/flag.ts";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { type Context, evaluate } from "../../src/sdk/evaluate.ts";

export const lxc: FlagPolicy = {
  name: "lxc",
  components: ["api"],
  variants: { on: "v1", off: "none", new: "v2" },
  default: "off",
  owner: "runtime",
  expires: "2027-03-01",
};

/** `on` for everybody, but for what is given. */
export function stateOf(given: Partial<FlagState> = {}): FlagState {
  return { variant: "on", percent: undefined, for: [], key: usualKey, ...given };
}

/** The variant that an application sees, by what it asks with. */
export function seen(state: FlagState, policy: FlagPolicy = lxc): (context: Context) => string | undefined {
  const flags = { [policy.name]: definitionOf(policy, state) };
  const read = readDefinitions(JSON.stringify({ flags }), () => 0);
  const flag = typeof read === "string" ? undefined : read.get(policy.name);
  if (flag === undefined) throw new Error(`it cannot be read: ${String(read)}`);
  return (context) => {
    const { variant, error } = evaluate(flag, context);
    return error?.message ?? variant;
  };
}
