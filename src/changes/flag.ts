import { carried } from "./carried.ts";
import type { Kind } from "./index.ts";

export const flag: Kind = {
  names: ({ flags }) => [...flags.keys()],
  carrier: (name, { flags }) => flags.get(name)?.components[0],
  component: (name, carrier, { files }) =>
    carried(carrier, { kind: "flag", name, env: { SHIP_FLAGS_FILE: files.flags } }),
};
