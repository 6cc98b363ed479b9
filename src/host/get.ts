import type { Answer } from "../core/host.ts";
import { get as fetchThere } from "./http.ts";
import type { Asked, Site } from "./run.ts";

/** A body that is longer than `cap` is refused whole: half an exposition would be read as a whole one. */
export async function get(site: Site, asked: Asked<"get">): Promise<Answer> {
  const got = await fetchThere(site, asked.url, asked);
  if (got.type === "error" && got.barred) return { type: "lost", reason: got.detail };
  if (got.type === "error") return { type: "failed", detail: got.detail, log: "" };
  if (got.cut) return { type: "failed", detail: `the body is longer than ${asked.cap} bytes`, log: "" };
  return { type: "body", status: got.status, body: got.body };
}
