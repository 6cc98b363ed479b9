import type { Came } from "../core/origin.ts";
import { type Frame, field } from "./frame.ts";
import type { Asked } from "./run.ts";

/** Slower than this (bytes a second) for twenty seconds, and the host asks for its bytes from here instead. */
const slowest = 20_000;

/** What the host's curl and wget are told of where they fetch from; all empty where the bytes come from here alone. */
export function originWords({ from, size }: Asked<"place">): Readonly<Record<string, string | number>> {
  if (from === undefined) return { url: "", by: "", config: "", plainly: "", secret: "", within: 0 };
  return {
    url: from.url,
    by: from.by,
    config: configOf(from, size),
    plainly: isPlain(from) ? 1 : "",
    secret: Object.keys(from.headers).length > 0 ? 1 : "",
    within: secondsFor(size),
  };
}

/** The most that a fetch may take, seconds. */
export function secondsFor(size: number): number {
  return 30 + Math.ceil(size / slowest);
}

/** How the bytes came, where the answer tells it. */
export function readCame(frame: Frame): { readonly came?: Came } {
  const [, from, bytes] = /^(\w+) (\d+)$/.exec(field(frame, "came") ?? "") ?? [];
  const instead = field(frame, "instead") ?? "";
  if (!isWay(from)) return {};
  const untried = field(frame, "untried") === "1" ? ({ untried: true } as const) : {};
  return { came: { from, bytes: Number(bytes), ...(instead === "" ? {} : { instead, ...untried }) } };
}

function isWay(text: string | undefined): text is Came["from"] {
  return text !== undefined && ways.has(text);
}

const ways: ReadonlySet<string> = new Set(["there", "kept", "url", "relay", "here"] satisfies Came["from"][]);

type From = NonNullable<Asked<"place">["from"]>;

/** May the URL stand where any user of the host reads it, in a command's arguments? */
function isPlain({ by, url, headers }: From): boolean {
  const { username, password, search } = new URL(url);
  return by === "url" && Object.keys(headers).length === 0 && username + password + search === "";
}

/**
 * A config for curl, which reads it from stdin: nothing of it is seen by other users. Headers may be secrets, and curl would
 * take them along to wherever a redirect leads, so that with them none is followed.
 */
function configOf({ by, url, headers }: From, size: number): string {
  const isSafe = url.startsWith("https:");
  const lines = [
    ["url", url],
    ["max-redirs", by === "relay" || Object.keys(headers).length > 0 ? "0" : "5"],
    ["proto", "=http,https"],
    ["proto-redir", isSafe ? "=https" : "=http,https"],
    ["connect-timeout", by === "relay" ? "3" : "10"],
    ["max-time", String(secondsFor(size))],
    ["speed-limit", String(slowest)],
    ["speed-time", "20"],
    ["max-filesize", String(size)],
    ...(by === "relay" ? [["noproxy", "*"]] : []),
    ...Object.entries(headers).map(([name, value]) => ["header", `${name}: ${value}`]),
  ];
  return `fail\ngloboff\nlocation\n${lines.map(([key = "", value = ""]) => `${key} = ${quoted(value)}\n`).join("")}`;
}

/** As curl reads a value in double quotes. */
function quoted(value: string): string {
  return `"${value.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`;
}
