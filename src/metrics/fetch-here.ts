import type { Reading } from "../core/sample.ts";
import { failed } from "./missing.ts";

export type Limits = { readonly within: number; readonly cap: number };

/** What a GET from this machine gives, in `within` ms and up to `cap` bytes; or why there is nothing. Follows no redirect. */
export async function fetchHere(
  url: string,
  headers: Readonly<Record<string, string>>,
  { within, cap }: Limits,
): Promise<string | Reading> {
  const signal = AbortSignal.timeout(within);
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal });
    if (response.status === 200)
      return (await collected(response, cap)) ?? failed(`the answer is longer than ${cap} bytes`);
    await response.body?.cancel();
    return failed(`the answer has status ${response.status}`);
  } catch (error) {
    return failed(signal.aborted ? `no answer within ${within} ms` : reason(error));
  }
}

/** The answer as text; undefined when it has more bytes than `cap`. */
export async function collected({ body }: Response, cap: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > cap) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** fetch says "fetch failed" and keeps what happened in its cause. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof AggregateError) return error.cause.errors.map(reason).join(", ");
  return error.cause instanceof Error ? error.cause.message : error.message;
}
