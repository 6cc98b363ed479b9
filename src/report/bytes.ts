import type { Event } from "../core/event.ts";
import { bytes } from "../core/words.ts";
import type { EventOf } from "./reporter.ts";
import { plural, safe } from "./safe.ts";

type Placed = EventOf<"host.placed">;

/** `12 MB sent from here`: how a host's bytes came. */
export function cameText(event: Placed): string {
  if (!("from" in event)) return `${bytes(event.bytes)} sent`;
  const why = event.instead === undefined ? "" : `, as it could not fetch them: ${safe(event.instead)}`;
  switch (event.from) {
    case "there":
      return "which was there already";
    case "kept":
      return "from an archive that had come before";
    case "here":
      return `${bytes(event.bytes)} sent from here${why}`;
    case "url":
      return `${bytes(event.bytes)} fetched by itself`;
    case "relay":
      return `${bytes(event.bytes)} passed on by ${safe(event.relay ?? "another host", 120)}`;
  }
}

/** `120 MB sent, 12 of 97 hosts have theirs, 32 on their way`. */
export function sentText({ sent, placed, placing, hosts }: EventOf<"bytes.sent">): string {
  const way = placing === 0 ? "" : `, ${placing} on ${placing === 1 ? "its" : "their"} way`;
  return `${bytes(sent)} sent, ${placed} of ${plural(hosts, "host")} ${placed === 1 ? "has its" : "have their"} bytes${way}`;
}

/** Two lines of one stage's bytes are at least this far apart in a log, ms; what is over before is not told. */
const apart = 10_000;

/**
 * What is told of bytes as a line: now and then how far they are, and that a host was sent them that should have fetched
 * them, with the reason. The same reason is told once, as a whole fleet may be without curl.
 */
export function bytesNarrator(): (event: Event) => string | undefined {
  const reasons = new Set<string>();
  let last = { stage: "", at: 0 };
  return (event) => {
    if (event.type === "host.placed") return isNews(event, reasons) ? fallback(event) : undefined;
    if (event.type !== "bytes.sent") return undefined;
    const at = Date.parse(event.time);
    const isFirst = last.stage !== event.stage;
    if (!isFirst && at - last.at < apart) return undefined;
    last = { stage: event.stage, at };
    return isFirst || event.placed === event.hosts ? undefined : `${safe(event.stage, 60)}  bytes  ${sentText(event)}`;
  };
}

function isNews(event: Placed, reasons: Set<string>): boolean {
  if (!("instead" in event) || event.instead === undefined) return false;
  const reason = event.instead.replaceAll(/\d+/g, "0");
  return !reasons.has(reason) && reasons.add(reason).size > 0;
}

function fallback(event: Placed): string {
  return `${safe(event.host, 120)}  ${cameText(event)}`;
}

const BAR = 20;

/** What of a stage's bytes the live view shows under it, while some are on their way. */
export function bytesLines(known: EventOf<"bytes.sent"> | undefined): readonly string[] {
  if (known === undefined || known.placed === known.hosts) return [];
  const done = Math.round((BAR * known.placed) / known.hosts);
  return [`bytes ${"━".repeat(done)}${"─".repeat(BAR - done)}  ${sentText(known)}`];
}
