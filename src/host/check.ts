import type { HealthCheck } from "../core/component.ts";
import type { Answer, Health } from "../core/host.ts";
import { askTcp } from "./ask.ts";
import { executeThere, executeWords, outputCap, readExecuted } from "./execute.ts";
import type { Frame } from "./frame.ts";
import { get, isForbidden, isUnreached, sentence } from "./http.ts";
import { prelude } from "./prelude.ts";
import { findProcess, processWords, readProcess } from "./processes.ts";
import { type Asked, run, type Site } from "./run.ts";

/** One look takes no longer than this (ms), however long the service may need to come up. */
const patience = 5000;
const bodyCap = 65_536;

type Target = { readonly address: string; readonly port: number };

export type Probe = { readonly healthy: boolean; readonly detail: string; readonly body: string };

/** Does it answer now, and who answers. A host that cannot be reached is said to be so, and not to be unhealthy. */
export async function check(site: Site, asked: Asked<"check">): Promise<Answer> {
  const { words, parts, tell } = checkProgram(asked);
  const text = `${prelude}linked\n${parts}begin\n${tell}`;
  const probing = probeBy(site, asked.check.how);
  const { frame, answer } = await run(site, { words, text, cap: outputCap + 65_536 });
  return checked(await probing, frame ?? answer);
}

/** A check as a part of a program: its variables and functions, and what it tells after `begin`, as the last. */
export function checkProgram({ check: { how }, process }: Health) {
  const finding = { words: processWords(process), parts: findProcess, tell: "find_process\ntell_process\nend 0\n" };
  if (how.type !== "exec") return finding;
  return {
    words: { ...finding.words, ...executeWords({ run: how.run, within: patience }) },
    parts: findProcess + executeThere,
    tell: "find_process\ntell_process\ntell_program\n",
  };
}

/** The part of a check that goes its own way to what listens there; undefined where the program asks itself. */
export async function probeBy(site: Site, how: HealthCheck["how"]): Promise<Probe | Answer | undefined> {
  switch (how.type) {
    case "http":
      return byHttp(site, how.url, how.status);
    case "tcp":
      return byTcp(site, how);
    case "exec":
      return undefined;
  }
}

/** `told` is what the program answered, or what is to be said when it did not. */
export function checked(probed: Probe | Answer | undefined, told: Frame | Answer): Answer {
  const probe = probed ?? ("fields" in told ? byProgram(told) : told);
  if (!("healthy" in probe)) return probe;
  if (!probe.healthy && "reason" in told) return told;
  return { type: "health", ...probe, process: "fields" in told ? readProcess(told) : undefined };
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

function byProgram(told: Frame): Probe {
  const ran = readExecuted(told, patience);
  if (ran.type === "exited") return { healthy: ran.code === 0, detail: `exit code ${ran.code}`, body: ran.stdout };
  return { healthy: false, detail: ran.detail, body: ran.log };
}
