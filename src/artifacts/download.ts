import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import pRetry, { AbortError } from "p-retry";
import { ShipError } from "../core/error.ts";

export type Download = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes; more than these are refused as they arrive. */
  readonly cap: number;
};

/** ms without an answer, or without a further byte of it, after which a try has failed. */
const silence = 30_000;

const mostRedirects = 5;

/**
 * Writes what a URL gives to `file`; false when the server does not have it (404, 410). What may pass (no connection,
 * silence, 408, 429, 5xx, a body cut short) is tried four times. Throws ShipError: `unreachable` after that, `refused`
 * when it is larger than the cap.
 */
export async function download(wanted: Download, file: string): Promise<boolean> {
  try {
    return await pRetry(() => once(wanted, file), { retries: 3, minTimeout: 200, maxTimeout: 2000, randomize: true });
  } catch (error) {
    if (error instanceof ShipError) throw error;
    const why = error instanceof Error ? reason(error) : String(error);
    throw new ShipError("unreachable", `${shownUrl(wanted.url)} could not be read: ${why}`, { cause: error });
  }
}

/** Without what could be a secret: user, password and query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

async function once(wanted: Download, file: string): Promise<boolean> {
  const clock = deadline();
  try {
    const response = await follow(new URL(wanted.url), wanted.headers, clock.signal);
    if (response.status === 404 || response.status === 410) return false;
    if (!response.ok) throw failed(response.status);
    await pipeline(capped(response.body ?? [], wanted, clock.extend), createWriteStream(file), {
      signal: clock.signal,
    });
    return true;
  } catch (error) {
    if (error instanceof ShipError) throw new AbortError(error);
    if (error instanceof AbortError) throw error;
    throw clock.signal.aborted
      ? new Error(`no answer for ${silence / 1000} s`)
      : new Error(reason(error), { cause: error });
  } finally {
    clock.stop();
  }
}

/** Ours, one at a time: fetch would follow from https to http, and would take the headers along. */
async function follow(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
  const origin = url.origin;
  let at = url;
  for (let count = 0; count <= mostRedirects; count += 1) {
    const response = await fetch(at, { headers: at.origin === origin ? headers : {}, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (location === null || response.status < 300 || response.status > 399) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (next.protocol !== "https:" && next.protocol !== at.protocol)
      throw new AbortError(`it redirects from ${at.protocol} to ${next.protocol}`);
    at = next;
  }
  throw new AbortError(`it redirects more than ${mostRedirects} times`);
}

function failed(status: number): Error {
  const words = `the server answered ${status}`;
  return status >= 500 || status === 408 || status === 429 ? new Error(words) : new AbortError(words);
}

async function* capped(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  wanted: Download,
  alive: () => void,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of body) {
    alive();
    length += chunk.length;
    if (length > wanted.cap)
      throw new ShipError(
        "refused",
        `${shownUrl(wanted.url)} is larger than ${wanted.cap} bytes, the most that is taken`,
      );
    yield chunk;
  }
}

type Deadline = { readonly signal: AbortSignal; extend(): void; stop(): void };

function deadline(): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), silence);
  return { signal: controller.signal, extend: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}

/** fetch says "fetch failed" and keeps what happened in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof AggregateError) return error.cause.errors.map(reason).join(", ");
  return error.cause instanceof Error ? error.cause.message : error.message;
}
