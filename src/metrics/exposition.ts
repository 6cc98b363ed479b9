import * as z from "zod";
import type { Answer } from "../core/host.ts";
import type { Reading } from "../core/sample.ts";
import { readingsOf } from "./exposition-reading.ts";
import { startIn } from "./exposition-text.ts";
import { failed, unanswered } from "./missing.ts";
import { fromEachHost, type MetricProvider, type Wish } from "./provider.ts";
import { exporterKey, type Spec, shapeKeys, shapeOf } from "./shape.ts";
import { shownUrl } from "./url-for.ts";

/** ms that a page may take; a slower one is missing, not waited for. */
const within = 5000;
/** Bytes of a page; one that is as long as this may have been cut, and is no evidence. */
const cap = 8 * 1024 * 1024;

const settingsSchema = z.object({
  url: z.string(),
  selectors: z.record(z.string(), z.string()),
  exporter: z.boolean(),
});

type Settings = z.infer<typeof settingsSchema>;

/** Read once for each metric, and not for each of a thousand hosts at each look. */
const settingsRead = new WeakMap<object, Settings>();

function settingsOf(settings: unknown): Settings {
  const key = Object(settings);
  const known = settingsRead.get(key) ?? settingsSchema.parse(settings);
  settingsRead.set(key, known);
  return known;
}

/** One entry under `metrics:` with `from: exposition`. */
export const expositionSpec = z
  .strictObject({
    from: z.literal("exposition").meta({
      description: "A Prometheus or OpenMetrics page, read on each host through SSH.",
      examples: ["exposition"],
    }),
    url: z.url({ protocol: /^https?$/ }).meta({
      description: "The page as the host sees it: 127.0.0.1 is the host.",
      examples: ["http://127.0.0.1:8080/metrics"],
    }),
    ...exporterKey,
    ...shapeKeys,
  })
  .transform(({ from, url, exporter, ...keys }, context): Spec => {
    const shaped = shapeOf(keys);
    if ("message" in shaped) {
      context.addIssue({ code: "custom", message: shaped.message, path: [shaped.key] });
      return z.NEVER;
    }
    const { shape, across, selectors } = shaped;
    return { provider: from, shape, across, settings: { url, selectors, exporter }, grouped: false };
  });

export const exposition: MetricProvider = {
  key: (settings) => settingsOf(settings).url,
  origin: (settings) => `exposition ${shownUrl(settingsOf(settings).url)}`,
  read: fromEachHost(async (wishes, { look }) => {
    const [first] = wishes;
    if (first === undefined) return [];
    const answer = await look({ type: "get", url: settingsOf(first.settings).url, within, cap });
    const start = answer.type === "body" ? startIn(answer.body) : undefined;
    const isOwn = (wish: Wish | undefined) => wish !== undefined && !settingsOf(wish.settings).exporter;
    return readPage(wishes, answer).map((reading, index) => (isOwn(wishes[index]) ? { reading, start } : { reading }));
  }),
};

function readPage(wishes: readonly Wish[], answer: Answer): readonly Reading[] {
  if (answer.type !== "body") return wishes.map(() => unanswered(answer));
  if (answer.status !== 200) return wishes.map(() => failed(`the page answered with status ${answer.status}`));
  if (Buffer.byteLength(answer.body) >= cap) return wishes.map(() => failed(`the page is longer than ${cap} bytes`));
  return readingsOf(
    wishes.map(({ shape, settings }) => ({ shape, selectors: settingsOf(settings).selectors })),
    answer.body,
  );
}
