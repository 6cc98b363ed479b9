import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as startTls } from "node:tls";
import { askGet, bare, isLoopback } from "./ask.ts";
import type { Site } from "./run.ts";

/**
 * What a GET gave; `cut` says that the body went on behind `cap` bytes. An error is a sentence; `barred` where it says
 * nothing of the service, because the way to the host failed.
 */
export type Got =
  | { readonly type: "response"; readonly status: number; readonly body: string; readonly cut: boolean }
  | { readonly type: "error"; readonly detail: string; readonly barred: boolean };

/** One GET as the host would make it, through a stream that starts on the host. Follows no redirect. `within` in ms. */
export async function get(site: Site, url: string, limits: { within: number; cap: number }): Promise<Got> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    return { type: "error", detail: `not an http address: ${url}`, barred: false };
  if (site.ways.has(site.host.name)) return askGet(site, parsed, limits);
  return fetchThrough(site, parsed, limits).catch((error: unknown) => {
    if (isForbidden(site, error)) return askGet(site, parsed, limits);
    return { type: "error", detail: sentence(error), barred: isUnreached(error) };
  });
}

/** The way to the host has a deadline of its own: a host that was let go must not look like a service that does not answer. */
async function fetchThrough(site: Site, url: URL, { within, cap }: { within: number; cap: number }): Promise<Got> {
  const stream = await site.transport.connect(site.host, targetOf(url));
  const end = AbortSignal.timeout(within);
  return exchange(url, stream, end, cap).catch((error: unknown) => {
    throw end.aborted ? new Error(`no answer within ${within} ms`) : error;
  });
}

/** Whether the host's sshd forbids forwarding; it is asked for none from then on. */
export function isForbidden({ host, ways }: Site, error: unknown): boolean {
  const forbids = error instanceof Error && "code" in error && error.code === "EACCES";
  if (forbids && !ways.has(host.name)) ways.set(host.name, undefined);
  return forbids;
}

/** Whether the way to the host failed, and not what listens there. */
export function isUnreached(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EHOSTUNREACH";
}

/** What went wrong, in a few words. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function targetOf(url: URL): { address: string; port: number } {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { address: bare(url.hostname), port };
}

function exchange(url: URL, stream: Duplex, end: AbortSignal, cap: number): Promise<Got> {
  return new Promise<Got>((resolve, reject) => {
    stream.on("error", reject);
    const send = url.protocol === "https:" ? secure : plain;
    const createConnection = () => (url.protocol === "https:" ? wrap(url, stream) : stream);
    const request = send(url, { createConnection, signal: end, headers: { connection: "close" } });
    request.on("error", reject);
    request.on("response", (response) => {
      collect(response, cap).then(
        (read) => resolve({ type: "response", status: response.statusCode ?? 0, ...read }),
        reject,
      );
    });
    request.end();
  }).finally(() => stream.destroy());
}

/** The SSH connection already shows which host this is, and no authority signs for a loopback address. */
function wrap(url: URL, stream: Duplex): Duplex {
  const { address } = targetOf(url);
  const named = isIP(address) === 0 ? { servername: address } : {};
  return startTls({ socket: stream, rejectUnauthorized: !isLoopback(address), ...named });
}

async function collect(chunks: AsyncIterable<Buffer>, cap: number): Promise<{ body: string; cut: boolean }> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > cap) break;
  }
  return { body: Buffer.concat(parts).subarray(0, cap).toString(), cut: length > cap };
}
