import { createServer } from "node:http";
import type { Target } from "./prometheus-server.ts";

/** A page of numbers on a free port of the loopback. */
type Page = {
  /** `127.0.0.1:41234`. */
  readonly address: string;
  /** Ends it: who asks then is refused the connection. */
  close(): Promise<void>;
};

/** `text` is asked at each request; what is undefined is never answered. */
async function openPage(text: () => string | undefined): Promise<Page> {
  const server = createServer((_, response) => {
    const page = text();
    if (page !== undefined) response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(page);
  });
  const port = await new Promise<number>((done) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      done(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** What is measured from outside the hosts, all of which share one loopback with it. */
export type Exporters = {
  /** A number, until `stopLive`. */
  readonly live: string;
  /** Numbers of a process that started an hour ago. */
  readonly old: string;
  /** Takes a request, and never answers. */
  readonly silent: string;
  /** For Prometheus, as if they were h01: `stuck_depth` of a time that is over, `stopped_depth` of now, and `old_depth`. */
  readonly targets: readonly Target[];
  stopLive(): Promise<void>;
  /** `stopped_depth` stays as it is now, its time too. */
  freeze(): void;
  close(): Promise<void>;
};

export async function openExporters(): Promise<Exporters> {
  const opened = Date.now();
  let frozenAt: number | undefined;
  const live = await openPage(() => "depth 5\n");
  const old = await openPage(() => `process_start_time_seconds ${opened / 1000 - 3600}\nold_depth 5\n`);
  const silent = await openPage(() => undefined);
  const timed = await openPage(() => `stuck_depth 5 ${opened}\nstopped_depth 5 ${frozenAt ?? Date.now()}\n`);
  return {
    live: `http://${live.address}/metrics`,
    old: `http://${old.address}/metrics`,
    silent: `http://${silent.address}`,
    targets: [timed, old].map(({ address }, index) => ({ job: `j${index}`, address, instance: "h01" })),
    stopLive: live.close,
    freeze: () => {
      frozenAt = Date.now();
    },
    async close() {
      await Promise.all([live, old, silent, timed].map((page) => page.close()));
    },
  };
}
