import * as z from "zod";
import type { Reading } from "../core/sample.ts";
import { readingsOf } from "./exposition-reading.ts";
import { failed, unanswered } from "./missing.ts";
import { type MetricProvider, onEachHost, type Reach, type Wish } from "./provider.ts";
import { runHere } from "./run-here.ts";
import { type Spec, shapeKeys, shapeOf } from "./shape.ts";

/** ms that a program may take. */
const within = 10_000;

const settingsSchema = z.object({
  run: z.string(),
  where: z.enum(["host", "here"]),
  /** Left out: the output is one number. */
  selectors: z.record(z.string(), z.string()).optional(),
});

/** One entry under `metrics:` with `from: exec`. */
export const execSpec = z
  .strictObject({
    from: z.literal("exec").meta({ description: "What a program prints.", examples: ["exec"] }),
    run: z
      .string()
      .min(1)
      .meta({
        description: "Prints one number; or, where a shape is written, lines as on a Prometheus page.",
        examples: ["./bin/queue-depth"],
      }),
    where: z
      .enum(["host", "here"])
      .default("host")
      .meta({
        description:
          "On each host, in the live release's folder; or here, once a host, with SHIP_HOST and SHIP_ADDRESS.",
        examples: ["host"],
      }),
    ...shapeKeys,
  })
  .transform(({ from, run, where, ...keys }, context): Spec => {
    if (isBare(keys)) {
      return {
        provider: from,
        shape: { type: "gauge" },
        across: keys.across ?? "mean",
        settings: { run, where },
        grouped: false,
      };
    }
    const shaped = shapeOf(keys);
    if ("message" in shaped) {
      context.addIssue({ code: "custom", message: shaped.message, path: [shaped.key] });
      return z.NEVER;
    }
    const { shape, across, selectors } = shaped;
    return { provider: from, shape, across, settings: { run, where, selectors }, grouped: false };
  });

export const exec: MetricProvider = {
  key: (settings) => {
    const { run, where } = settingsSchema.parse(settings);
    return `${where} ${run}`;
  },
  origin: (settings) => `exec ${settingsSchema.parse(settings).run}`,
  read: onEachHost(async (wishes, reach) => {
    const [first] = wishes;
    if (first === undefined) return [];
    const output = await run(settingsSchema.parse(first.settings), reach);
    return typeof output === "string" ? wishes.map((wish) => readOutput(wish, output)) : wishes.map(() => output);
  }),
};

function isBare(keys: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(keys).every(([key, value]) => key === "across" || value === undefined);
}

async function run(settings: z.infer<typeof settingsSchema>, reach: Reach): Promise<string | Reading> {
  if (settings.where === "here") return await runHere(settings.run, within, reach);
  const answer = await reach.look({ type: "execute", run: settings.run, within });
  if (answer.type !== "exited") return unanswered(answer);
  return answer.code === 0 ? answer.stdout : failed(`the program exited with ${answer.code}`);
}

function readOutput({ shape, settings }: Wish, output: string): Reading {
  const { selectors } = settingsSchema.parse(settings);
  if (selectors === undefined) return readNumber(output.trim());
  return readingsOf([{ shape, selectors }], output)[0] ?? failed("nothing was read");
}

function readNumber(text: string): Reading {
  if (text === "") return { type: "missing", cause: "no-data", detail: "the program printed nothing" };
  if (/^[+-]?nan$/i.test(text)) return { type: "gauge", value: Number.NaN };
  const value = /^[+-]?inf(?:inity)?$/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
  if (Number.isNaN(value))
    return failed(`expected one number, the program printed ${JSON.stringify(text.slice(0, 80))}`);
  return { type: "gauge", value };
}
