import { carried } from "./carried.ts";
import type { Kind } from "./index.ts";

export const flag: Kind = {
  names: ({ flags }) => [...flags.keys()],
  carriers: (name, { flags }) => [...new Set(flags.get(name)?.components ?? [])],
  component: (name, carrier, { files }) =>
    carried(carrier, { kind: "flag", name, env: { SHIP_FLAGS_FILE: files.flags } }),
};
