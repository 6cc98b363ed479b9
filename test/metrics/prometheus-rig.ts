import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Host } from "../../src/core/fleet.ts";
import { MetricSpec } from "../../src/metrics/index.ts";
import { prometheus } from "../../src/metrics/prometheus.ts";
import type { Asking, Found } from "../../src/metrics/provider.ts";

/** A small server on the loopback; `close` ends it, and every connection to it. */
export type Listening = { readonly address: string; readonly url: string; close(): Promise<void> };

export async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const address = `127.0.0.1:${port}`;
  return {
    address,
    url: `http://${address}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Shows the text of each path, as it is now; a path without one is not there. */
export function showing(pages: Readonly<Record<string, string>>): Promise<Listening> {
  return listen(
    createServer((request, response) => {
      const page = pages[request.url ?? ""];
      response.writeHead(page === undefined ? 404 : 200, { "content-type": "text/plain; version=0.0.4" });
      response.end(page ?? "");
    }),
  );
}

export function hostNamed(name: string, labels: Readonly<Record<string, string>> = {}): Host {
  return { name, address: "10.0.0.1", port: undefined, user: undefined, labels, cohort: "all" };
}

export type Setting = {
  readonly url: string;
  readonly instance?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly each?: boolean;
};

/** What one entry under `metrics:` gives for these hosts. */
export async function read(
  keys: Readonly<Record<string, unknown>>,
  hosts: readonly Host[],
  { url, instance = "{host}", headers = {}, timeout = 30_000, each = false }: Setting,
  more: Partial<Asking> = {},
): Promise<readonly Found[]> {
  const { shape, settings } = MetricSpec.parse({ from: "prometheus", ...keys });
  const server = { url, instance, headers, timeout, each };
  const wish = { shape, settings: { ...Object(settings), ...server } };
  const [found = []] = await prometheus.read([wish], {
    hosts,
    from: new Map(),
    every: 1000,
    component: "api",
    root: "",
    look: () => Promise.reject(new Error("no host is asked")),
    now: Date.now,
    ...more,
  });
  return found;
}
