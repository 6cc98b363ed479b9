import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as startTls } from "node:tls";
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
  const end = AbortSignal.timeout(limits.within);
  return reach(site, targetOf(parsed), end)
    .then((stream) => exchange(parsed, stream, end, limits.cap))
    .catch((error: unknown) => ({
      type: "error",
      detail: sentence(error, end, limits.within),
      barred: error instanceof Error && "code" in error && error.code === "EHOSTUNREACH",
    }));
}

/** Connects from the host, for at most as long as `end` lasts; a stream that comes later is thrown away. */
export function reach(
  site: Site,
  target: { readonly address: string; readonly port: number },
  end: AbortSignal,
): Promise<Duplex> {
  const connecting = site.transport.connect(site.host, target);
  return new Promise((resolve, reject) => {
    end.addEventListener("abort", () => {
      reject(end.reason);
      connecting.then((stream) => stream.destroy()).catch(() => {});
    });
    connecting.then(resolve, reject);
  });
}

/** What went wrong, in a few words; running out of time is said as such. */
export function sentence(error: unknown, end: AbortSignal, within: number): string {
  if (end.aborted) return `no answer within ${within} ms`;
  return error instanceof Error ? error.message : String(error);
}

function targetOf(url: URL): { address: string; port: number } {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { address: url.hostname.replace(/^\[(.*)\]$/, "$1"), port };
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
  const loopback = address === "localhost" || address === "::1" || address.startsWith("127.");
  const named = isIP(address) === 0 ? { servername: address } : {};
  return startTls({ socket: stream, rejectUnauthorized: !loopback, ...named });
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
