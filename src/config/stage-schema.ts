import * as z from "zod";
import { duration, share, word } from "./scalars.ts";

const bakeText = { description: "How long the stage is watched before it may pass.", examples: ["10m"] };

const BakeSpec = z
  .union([
    duration(bakeText),
    z
      .strictObject({
        min: duration({ description: "Strong evidence may end the bake after this time.", examples: ["2m"] }),
        max: duration({ description: "Weak evidence may stretch the bake to this time.", examples: ["30m"] }),
      })
      .refine(({ min, max }) => min <= max, { error: "min is longer than max" }),
  ])
  .meta({ kind: "a duration such as 10m, or { min: 2m, max: 30m }", ...bakeText });

const stageKeys = {
  cohort: word({ description: "The cohort whose hosts get the change in this stage.", examples: ["beta"] }),
  share: share({
    description: "The part of the cohort's hosts that this stage takes; left out: all of them.",
    examples: ["10%"],
  }).optional(),
  bake: BakeSpec.prefault("5m"),
  approve: z
    .boolean()
    .default(false)
    .meta({
      description: "Somebody must approve (ship approve) before the first host of the stage is changed.",
      examples: [true],
    }),
  max_failed: share({
    description: "How many hosts of this stage may end up bad or unreachable; left out: the component's.",
    examples: ["2%"],
  }).optional(),
};

export const StageSpec = z
  .strictObject(stageKeys)
  .meta({ description: "One stage.", examples: [{ cohort: "beta", bake: "10m" }] });

export type StageSpec = z.output<typeof StageSpec>;

export const StagesSpec = z
  .array(StageSpec)
  .min(1, { error: "a rollout has at least one stage" })
  .meta({
    description: "The stages of a rollout, in order. Left out: the cohorts by nesting, with a bake of 5m each.",
    examples: [[{ cohort: "internal", bake: "2m" }, { cohort: "all" }]],
  });
