import type { Answer } from "../core/host.ts";
import { type Frame, field } from "./frame.ts";
import type { Got } from "./http.ts";
import { prelude } from "./prelude.ts";
import { run, type Site } from "./run.ts";
import { firstWay, isWay } from "./way.ts";

/** Room for an answer's head, bytes. */
const headCap = 65_536;

type Limits = { readonly within: number; readonly cap: number };

/**
 * A GET by a program of the host's own, where its sshd forbids forwarding: curl, wget, or bash, which speaks HTTP/1.0 and no
 * TLS. Follows no redirect, but for a wget of busybox's, which knows no other way.
 */
export async function askGet(site: Site, url: URL, { within, cap }: Limits): Promise<Got> {
  const isSecure = url.protocol === "https:";
  const words = {
    ...{ url: url.href, address: bare(url.hostname), port: url.port || (isSecure ? 443 : 80), authority: url.host },
    ...{ target: url.pathname + url.search, loose: isSecure && isLoopback(bare(url.hostname)) ? 1 : "" },
    ...{ verb: "get", ways: isSecure ? "curl wget" : "curl wget bash", seconds: secondsOf(within), cap: cap + headCap },
  };
  const asked = await ask(site, words, within);
  return "reason" in asked ? barred(asked.reason) : readResponse(asked.frame, cap, within);
}

/** Whether a port of the host's accepts a connection; an error says why not, or that nobody there can tell. */
export async function askTcp(
  site: Site,
  { address, port }: { readonly address: string; readonly port: number },
  within: number,
): Promise<{ readonly accepts: boolean; readonly detail: string } | Extract<Answer, { type: "lost" }>> {
  const words = { address, port, ways: "bash nc curl", seconds: secondsOf(within), cap: 1000, verb: "tcp" };
  const asked = await ask(site, words, within);
  if ("reason" in asked) return { type: "lost", reason: asked.reason };
  const { frame } = asked;
  if (frame.code === 0) return { accepts: true, detail: `port ${port} accepts` };
  return { accepts: false, detail: reason(splitComplaint(frame.body, frame.code).complaint, frame.code, within) };
}

async function ask(
  site: Site,
  words: Readonly<Record<string, string | number>>,
  within: number,
): Promise<{ readonly frame: Frame } | { readonly reason: string }> {
  const cap = Number(words["cap"]) + headCap;
  const { frame, answer } = await run(site, { words, text: prelude + firstWay + text, within: within + 10_000, cap });
  if (frame === undefined) return { reason: "reason" in answer ? answer.reason : answer.type };
  const way = field(frame, "way");
  if (isWay(way)) site.ways.set(site.host.name, way);
  if (way !== "none") return { frame };
  const programs = String(words["ways"]).replaceAll(" ", " nor ");
  return { reason: `the host forbids forwarding, and has neither ${programs}` };
}

/** How a program is told to have taken too long: by curl itself, by timeout(1) of coreutils and of busybox. */
const late: ReadonlySet<number> = new Set([28, 124, 137, 143]);

/** With 8 wget tells a status that it takes for a failure. */
function readResponse({ body, code }: Frame, cap: number, within: number): Got {
  const { answer, complaint } = splitComplaint(body, code);
  const { head, rest } = splitAnswer(answer);
  const status = /^HTTP\/[\d.]+ (\d{3})/.exec(head)?.[1];
  const bytes = Buffer.from(rest);
  const cut = bytes.length > cap;
  if (status !== undefined && (cut || code === 0 || code === 8)) {
    const promised = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (bytes.length < promised) return failed("the connection ended before the answer did");
    return { type: "response", status: Number(status), body: bytes.subarray(0, cap).toString(), cut };
  }
  const told = /(?:^ *|server returned error: )HTTP\/[\d.]+ (\d{3})/m.exec(complaint)?.[1];
  if (told !== undefined) return { type: "response", status: Number(told), body: "", cut: false };
  return failed(reason(complaint, code, within));
}

function splitAnswer(text: string): { readonly head: string; readonly rest: string } {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return { head: text, rest: "" };
  return { head: text.slice(0, end.index), rest: text.slice(end.index + end[0].length) };
}

/** What a program complained follows what it brought, where it failed. */
function splitComplaint(body: string, code: number): { readonly answer: string; readonly complaint: string } {
  const at = code === 0 ? -1 : body.lastIndexOf(complaintMark);
  if (at < 0) return { answer: body, complaint: "" };
  return { answer: body.slice(0, at), complaint: body.slice(at + complaintMark.length).trim() };
}

function reason(complaint: string, code: number, within: number): string {
  if (late.has(code)) return `no answer within ${within} ms`;
  return complaint.slice(-300) || (code === 0 ? "the answer is not HTTP" : "nothing answers");
}

const complaintMark = "\ncomplaint\n";

function failed(detail: string): Got {
  return { type: "error", detail, barred: false };
}

function barred(detail: string): Got {
  return { type: "error", detail, barred: true };
}

function secondsOf(within: number): number {
  return Math.max(1, Math.ceil(within / 1000));
}

/** An IPv6 address without its brackets. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** No authority signs for such an address, and that it is this host is shown by the SSH connection. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}

/**
 * GNU's wget tells the head of an answer too, busybox's only whether it was a good one. The address may hold a token: it is
 * read from stdin, as arguments can be seen by every user of the host; busybox's wget has no way but those.
 */
const text = `
get_curl() {
  printf 'url = %s\\n' "$url" | curl -q -g -s -S -i --http1.1 --noproxy '*' \${loose:+-k} --max-time "$seconds" -H 'Connection: close' -K -
}
get_wget() {
  case $(wget --help 2>&1) in
    *--save-headers*)
      printf '%s\\n' "$url" | timeout "$seconds" wget --no-config -nv -S -O - --save-headers --content-on-error --max-redirect=0 -t 1 --no-proxy \\
        \${loose:+--no-check-certificate} -i - ;;
    *) printf 'HTTP/1.0 200 OK\\n\\n' && timeout "$seconds" wget -q -Y off -O - \${loose:+--no-check-certificate} "$url" ;;
  esac
}
get_bash() {
  printf '%s\\n' "$target" "$authority" | timeout "$seconds" bash -c 'IFS= read -r target && IFS= read -r authority || exit 7
exec 3<>"/dev/tcp/$0/$1" || exit 7
printf "GET %s HTTP/1.0\\r\\nHost: %s\\r\\nAccept: */*\\r\\n\\r\\n" "$target" "$authority" >&3 && cat <&3' "$address" "$port"
}
tcp_curl() { timeout "$seconds" curl -q -s -S --noproxy '*' --max-time "$seconds" "telnet://$address:$port" </dev/null; }
tcp_bash() { timeout "$seconds" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$port"; }
tcp_nc() { timeout "$seconds" nc -z -w "$seconds" "$address" "$port"; }
way=$(first_way $ways)
begin
say way "$way"
echo body
[ "$way" != none ] || end 0
exec 3>&1
told=$( { { "\${verb}_$way" 2>&4; printf '\\n%s' "$?" >&4; } | head -c "$cap" >&3; } 4>&1)
code=\${told##*
}
[ "$code" = 0 ] || printf '\\ncomplaint\\n%s' "\${told%"$code"}"
end "\${code:-126}"
`;
