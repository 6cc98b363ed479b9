import type { HealthCheck } from "../core/component.ts";
import type { Answer } from "../core/host.ts";
import { askTcp } from "./ask.ts";
import { execute } from "./execute.ts";
import { get, isForbidden, isUnreached, sentence } from "./http.ts";
import { processes } from "./processes.ts";
import type { Asked, Site } from "./run.ts";

/** One look takes no longer than this (ms), however long the service may need to come up. */
const patience = 5000;
const bodyCap = 65_536;

type Target = { readonly address: string; readonly port: number };

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

async function byHttp(site: Site, url: string, status: number | undefined): Promise<Probe | Answer> {
  const got = await get(site, url, { within: patience, cap: bodyCap });
  if (got.type === "error" && got.barred) return { type: "lost", reason: got.detail };
  if (got.type === "error") return { healthy: false, detail: got.detail, body: "" };
  const healthy = status === undefined ? got.status >= 200 && got.status < 300 : got.status === status;
  return { healthy, detail: `${got.status} from ${url}`, body: got.body };
}

async function byTcp(site: Site, target: Target): Promise<Probe | Answer> {
  if (site.ways.has(site.host.name)) return byOwnTcp(site, target);
  return site.transport.connect(site.host, target).then(
    (stream) => {
      stream.on("error", () => {});
      stream.destroy();
      return { healthy: true, detail: `port ${target.port} accepts`, body: "" };
    },
    (error: unknown) => {
      if (isForbidden(site, error)) return byOwnTcp(site, target);
      if (isUnreached(error)) return { type: "lost", reason: sentence(error) };
      return { healthy: false, detail: sentence(error), body: "" };
    },
  );
}

async function byOwnTcp(site: Site, target: Target): Promise<Probe | Answer> {
  const asked = await askTcp(site, target, patience);
  return "accepts" in asked ? { healthy: asked.accepts, detail: asked.detail, body: "" } : asked;
}

async function byProgram(site: Site, run: string): Promise<Probe | Answer> {
  const ran = await execute(site, { type: "execute", run, within: patience });
  if (ran.type === "exited") return { healthy: ran.code === 0, detail: `exit code ${ran.code}`, body: ran.stdout };
  return ran.type === "failed" ? { healthy: false, detail: ran.detail, body: ran.log } : ran;
}
