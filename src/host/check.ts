import type { HealthCheck } from "../core/component.ts";
import type { Answer } from "../core/host.ts";
import { execute } from "./execute.ts";
import { get, reach, sentence } from "./http.ts";
import { processes } from "./processes.ts";
import type { Asked, Site } from "./run.ts";

/** One look takes no longer than this (ms), however long the service may need to come up. */
const patience = 5000;
const bodyCap = 65_536;

type Probe = { readonly healthy: boolean; readonly detail: string; readonly body: string };

/** Does it answer now, and who answers. A host that cannot be reached is said to be so, and not to be unhealthy. */
export async function check(site: Site, asked: Asked<"check">): Promise<Answer> {
  const [probe, found] = await Promise.all([
    probeBy(site, asked.check.how),
    processes(site, { type: "processes", process: asked.process }),
  ]);
  if (!("healthy" in probe)) return probe;
  if (!probe.healthy && (found.type === "lost" || found.type === "unreachable")) return found;
  return { type: "health", ...probe, process: found.type === "processes" ? found.process : undefined };
}

function probeBy(site: Site, how: HealthCheck["how"]): Promise<Probe | Answer> {
  switch (how.type) {
    case "http":
      return byHttp(site, how.url, how.status);
    case "tcp":
      return byTcp(site, how);
    case "exec":
      return byProgram(site, how.run);
  }
}

async function byHttp(site: Site, url: string, status: number | undefined): Promise<Probe> {
  const got = await get(site, url, { within: patience, cap: bodyCap });
  if (got.type === "error") return { healthy: false, detail: got.detail, body: "" };
  const healthy = status === undefined ? got.status >= 200 && got.status < 300 : got.status === status;
  return { healthy, detail: `${got.status} from ${url}`, body: got.body };
}

async function byTcp(site: Site, target: { readonly address: string; readonly port: number }): Promise<Probe> {
  const end = AbortSignal.timeout(patience);
  return reach(site, target, end).then(
    (stream) => {
      stream.on("error", () => {});
      stream.destroy();
      return { healthy: true, detail: `port ${target.port} accepts`, body: "" };
    },
    (error: unknown) => ({ healthy: false, detail: sentence(error, end, patience), body: "" }),
  );
}

async function byProgram(site: Site, run: string): Promise<Probe | Answer> {
  const ran = await execute(site, { type: "execute", run, within: patience });
  if (ran.type === "exited") return { healthy: ran.code === 0, detail: `exit code ${ran.code}`, body: ran.stdout };
  return ran.type === "failed" ? { healthy: false, detail: ran.detail, body: ran.log } : ran;
}
