import type { FlagPolicy } from "../core/flag.ts";
import type { RatePolicy } from "../core/rate.ts";

/** What the config declares besides components: flags and rates by name, and where hosts keep them. */
export type Declared = {
  readonly flags: ReadonlyMap<string, FlagPolicy>;
  readonly rates: ReadonlyMap<string, RatePolicy>;
  /** `{path}` in them is the component's folder on a host. */
  readonly files: { readonly flags: string; readonly rates: string };
};
