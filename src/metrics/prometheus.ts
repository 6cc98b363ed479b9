import { readQuery } from "./prometheus-group.ts";
import { shownUrl } from "./prometheus-request.ts";
import { prometheusSettings } from "./prometheus-schema.ts";
import { readSeries } from "./prometheus-series.ts";
import { readStarts, type Starts } from "./prometheus-times.ts";
import type { MetricProvider } from "./provider.ts";

/**
 * A Prometheus server, or what speaks its API. ship asks for counters as they were scraped and takes their differences
 * itself: counts stand behind its numbers, and each host is by itself.
 */
export const prometheus: MetricProvider = {
  key: (settings) => {
    const { url, instance } = prometheusSettings.parse(settings);
    return `${url} ${instance}`;
  },
  origin: (settings) => `prometheus ${shownUrl(prometheusSettings.parse(settings).url)}`,
  read: (wishes, asking) => {
    const parsed = wishes.map(({ shape, settings }) => ({ shape, settings: prometheusSettings.parse(settings) }));
    const server = parsed.find(({ settings }) => "selectors" in settings && !settings.exporter)?.settings;
    const starts: Promise<Starts> = server === undefined ? noStarts : readStarts(server, asking);
    return Promise.all(
      parsed.map(({ shape, settings }) =>
        "query" in settings
          ? readQuery(settings, settings, asking)
          : readSeries({ shape, ...settings, server: settings }, asking, settings.exporter ? noStarts : starts),
      ),
    );
  },
};

/** An exporter's own start says nothing of the service's. */
const noStarts: Promise<Starts> = Promise.resolve(new Map());
