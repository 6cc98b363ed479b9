import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { isThere } from "../machine.ts";
import { freePort } from "./openssh-server.ts";

const program = "prometheus";

export const hasPrometheus = isThere(program);

/** One target that is scraped. */
export type Target = {
  readonly job: string;
  /** `127.0.0.1:8080`, where it really listens. */
  readonly address: string;
  readonly path?: string;
  /** Its instance label. */
  readonly instance: string;
};

/** A real Prometheus on a free port of the loopback, with its data in a folder of its own. */
export type Prometheus = {
  /** The same after a restart. */
  readonly url: string;
  stop(): Promise<void>;
  /** After a stop: at the same port, with the same data. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
  /** Resolves once a query gives as many series as that, or more. */
  until(query: string, count: number): Promise<void>;
};

const answerForm = z.object({ data: z.object({ result: z.array(z.unknown()) }) });

export type Setting = {
  /** Samples of the past in OpenMetrics' text, which it then has as if it had scraped them. */
  readonly history?: string;
  /**
   * How often it scrapes, and how long it waits for a page: one that comes later on a busy machine is none, and its series
   * are gone until the next one comes.
   */
  readonly every?: string;
};

export async function openPrometheus(
  targets: readonly Target[],
  { history, every = "500ms" }: Setting = {},
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "ship-prometheus-"));
  const config = join(folder, "prometheus.json");
  const scrape_configs = targets.map(scraped);
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: every, scrape_timeout: every }, scrape_configs }));
  if (history !== undefined) {
    writeFileSync(join(folder, "history.txt"), history);
    const from = ["create-blocks-from", "openmetrics", "history.txt", "data"];
    execFileSync("/usr/bin/promtool", ["tsdb", ...from], { cwd: folder, stdio: "ignore" });
  }
  // Not any port: it is given back between a stop and a start.
  let running = await launch(folder, config, `127.0.0.1:${await freePort()}`);
  const { address } = running;
  const url = `http://${address}`;
  const stop = () => ended(running.child);
  return {
    url,
    stop,
    async start() {
      running = await launch(folder, config, address);
    },
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    async until(query, count) {
      const form = new URLSearchParams({ query });
      for (let tries = 0; tries < 500; tries += 1) {
        const response = await fetch(`${url}/api/v1/query`, { method: "POST", body: form });
        if (answerForm.parse(await response.json()).data.result.length >= count) return;
        await new Promise((done) => setTimeout(done, 100));
      }
      throw new Error(`Prometheus has no ${count} series for ${query}`);
    },
  };
}

/** JSON is YAML too. Each target has a job entry of its own, since its path may be its own. */
function scraped({ job, address, path = "/metrics", instance }: Target, index: number) {
  return {
    job_name: `${index}`,
    metrics_path: path,
    static_configs: [{ targets: [address], labels: { instance, job } }],
  };
}

type Launched = { readonly child: ChildProcess; readonly address: string };

async function launch(folder: string, config: string, address: string): Promise<Launched> {
  const places = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "data")}`];
  const child = spawn(program, [...places, `--web.listen-address=${address}`], {
    cwd: folder,
    env: { ...process.env, GOMAXPROCS: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Where the tests are broken off, nobody closes it.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  const lines: string[] = [];
  // The two lines come in either order.
  let listening = "";
  let ready = false;
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    listening = /msg="Listening on" address=(\S+)/.exec(line)?.[1] ?? listening;
    ready ||= line.includes("Server is ready");
    if (ready && listening !== "") {
      // Nobody reads on: what it says must not fill the pipe.
      child.stderr.resume();
      return { child, address: listening };
    }
  }
  throw new Error(`Prometheus did not start:\n${lines.join("\n")}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
