import * as z from "zod";
import { duration, text, word } from "./scalars.ts";

const condition = {
  description: "What a healthy service meets: metrics, numbers, comparisons, && and ||.",
  examples: ["p99_latency < 50"],
};

const AllowSpec = z
  .string()
  .regex(/^\d{1,4} of \d{1,4}$/, { error: "this does not say how many readings may be bad" })
  .transform(counts)
  .refine(({ bad, of }) => bad < of, { error: "that would allow every reading to be bad" })
  .meta({
    kind: "two numbers such as 1 of 5, the first one smaller",
    description: "How many of the last readings may be against the condition.",
    examples: ["1 of 5"],
  });

function counts(written: string): { bad: number; of: number } {
  const [bad = 0, of = 0] = written.split(" of ").map(Number);
  return { bad, of };
}

const long = z.strictObject({
  assert: text(condition).meta({ kind: "a condition", ...condition }),
  every: duration({
    description: "How often it is measured; left out: a tenth of the bake, 1s to 15s.",
    examples: ["5s"],
  }).optional(),
  allow: AllowSpec.prefault("1 of 5"),
  min_events: z
    .int()
    .min(0)
    .default(100)
    .meta({ description: "How many events (requests, observations) the numbers must rest on.", examples: [100] }),
  min_readings: z
    .int()
    .min(1)
    .default(3)
    .meta({ description: "How many readings are needed to decide.", examples: [3] }),
  observe_only: z
    .boolean()
    .default(false)
    .meta({ description: "Shown and recorded; decides nothing.", examples: [true] }),
  from: word({ description: "The cohort from whose stage on it is judged.", examples: ["beta"] }).optional(),
});

const short = text(condition).transform((assert) => long.parse({ assert }));

export const AssertionSpec = z.union([short, long]).meta({
  kind: "a condition, or { assert: CONDITION, … }",
  description: "One condition, as text or with how it is judged.",
  examples: ["p99_latency < 50", { assert: "queue_depth < 1000", every: "5s", allow: "1 of 5" }],
});

export type AssertionSpec = z.output<typeof AssertionSpec>;
