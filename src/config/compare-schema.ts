import * as z from "zod";
import { word } from "./scalars.ts";

export const CompareSpec = z
  .strictObject({
    metric: word({ description: "The metric that is compared.", examples: ["p99_latency"] }),
    direction: z
      .enum(["up", "down", "both"])
      .default("up")
      .meta({ description: "Which way is worse.", examples: ["up"] }),
    tolerance: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .meta({ description: "The difference that is let pass, as a share of the baseline.", examples: [0.1] }),
  })
  .meta({ description: "One comparison.", examples: [{ metric: "p99_latency", direction: "up" }] });

export type CompareSpec = z.output<typeof CompareSpec>;
