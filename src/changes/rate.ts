import { carried } from "./carried.ts";
import type { Kind } from "./index.ts";

export const rate: Kind = {
  names: ({ rates }) => [...rates.keys()],
  carriers: (name, { rates }) => [rates.get(name)?.component ?? []].flat(),
  component: (name, carrier, { files }) =>
    carried(carrier, { kind: "rate", name, env: { SHIP_RATES_FOLDER: files.rates } }),
};
