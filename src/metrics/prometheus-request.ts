import { duration } from "../core/words.ts";
import { collected, reason } from "./fetch-here.ts";
import type { Server } from "./prometheus-schema.ts";

/** Bytes of an answer. */
const cap = 16 * 1024 * 1024;

/** ms that the server has, after its own time for a query, to say that this was over. */
const grace = 500;

export type Wanted = { readonly method: "GET" | "POST"; readonly form: Readonly<Record<string, string>> };

export type Given = { readonly status: number; readonly body: string } | { readonly failed: string };

/** The server's address as it may be shown: without user, password and query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return (origin + pathname).replace(/\/+$/, "");
}

/** Asks a path of the server's API. Follows no redirect: the headers are for this server alone. */
export async function request(server: Server, path: string, wanted: Wanted): Promise<Given> {
  const headers = headersOf(server);
  if (headers === undefined) return { failed: "the headers under prometheus: cannot be sent" };
  const signal = AbortSignal.timeout(server.timeout + grace);
  const { address, init } = addressed(server.url, path, wanted);
  try {
    const response = await fetch(address, { ...init, headers, redirect: "manual", signal });
    const text = await collected(response, cap);
    return text === undefined
      ? { failed: `Prometheus' answer has more than ${cap / 1024 ** 2} MB: select fewer series` }
      : { status: response.status, body: text };
  } catch (error) {
    if (signal.aborted)
      return { failed: `Prometheus gave no answer within ${duration(server.timeout)}; see timeout: under prometheus:` };
    return { failed: `Prometheus cannot be reached at ${shownUrl(server.url)}: ${reason(error)}` };
  }
}

/** A form is sent as a body where it can be: a thousand hosts make no address. */
function addressed(url: string, path: string, { method, form }: Wanted) {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, "")}${path}`;
  // fetch takes no address with a user in it: `headersOf` says who asks.
  address.username = "";
  address.password = "";
  if (method === "POST") return { address, init: { method, body: new URLSearchParams(form) } };
  for (const [key, value] of Object.entries(form)) address.searchParams.set(key, value);
  return { address, init: { method } };
}

/** Undefined where one of them is no header: what fetch says of that would show it. */
function headersOf(server: Server): Headers | undefined {
  const { username, password } = new URL(server.url);
  try {
    const headers = new Headers(server.headers);
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    if (user !== ":" && !headers.has("authorization"))
      headers.set("authorization", `Basic ${Buffer.from(user).toString("base64")}`);
    return headers;
  } catch {
    return undefined;
  }
}
