import { type Failed, plainly } from "../diagnosis.ts";
import { loginFault } from "../login/login.ts";
import type { Target } from "../target.ts";
import { strangeFault, typesFault } from "../trust/trust.ts";

/** Says in plain words, out of what `ssh -v` wrote, why it did not log in to `target`, and whose fault that is. */
export function refusal(target: Target, said: string): Failed {
  const words = ownWords(said);
  const before = beforeIt(target, said, words);
  if (before !== undefined) return before;
  const hostKey = keyRefusal(target, said, words);
  if (hostKey !== undefined) return { cause: "host-key", reason: hostKey, again: false };
  if (words.some((line) => /Permission denied|Too many authentication failures/.test(line))) {
    return { cause: "auth", reason: loginFault(target, [bySystem(target), ...loginWords(said, words)]), again: false };
  }
  const last = words.at(-1) ?? "the system's ssh ended without a word";
  const reason = `${target.address}:${target.port}: ${plainly(withCode(last))}`;
  return { cause: "unreachable", reason, again: isBusy(words) };
}

/** What hindered the jump host's own ssh, which speaks on the same stderr: the host itself has shown no key yet then. */
function beforeIt({ via }: Target, said: string, words: readonly string[]): Failed | undefined {
  if (via?.type !== "jump" || /^debug1: Server host (key|certificate): /m.test(said)) return undefined;
  const stranger = words.find((line) =>
    /host key is known for|IDENTIFICATION HAS CHANGED|differs from the key for the IP address|marked as revoked|revoked by file|in revoked keys file/.test(
      line,
    ),
  );
  const barred = words.find((line) => /Permission denied|Too many authentication failures/.test(line));
  const cause = stranger !== undefined ? "host-key" : barred !== undefined ? "auth" : "unreachable";
  const telling = (stranger ?? barred ?? words[0] ?? "no way through it").replace(/^@ +| +@$/g, "");
  return { cause, reason: `the jump host ${via.target.name}: ${telling}`, again: isBusy(words) };
}

/** sshd turned the connection away before it said a word (MaxStartups), and nothing else is wrong. */
function isBusy(words: readonly string[]): boolean {
  const hung = /^((kex|ssh)_exchange_identification: |Connection (reset|closed) by )/;
  return words.length > 0 && words.every((line) => hung.test(line));
}

/** The last of what ssh itself said; why a connection that stood has ended. */
export function lastWords(said: string): string | undefined {
  const last = ownWords(said).at(-1);
  return last !== undefined && /Timeout, server .* not responding/.test(last) ? "no sign of life in time" : last;
}

/** What is neither for debugging nor about what went well. */
function ownWords(said: string): readonly string[] {
  return said
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(debug\d: |OpenSSH_|Authenticated to |Authenticated using )/.test(line));
}

function keyRefusal(target: Target, said: string, words: readonly string[]): string | undefined {
  if (words.some((line) => line.includes("no matching host key type found"))) return typesFault(target);
  const short = words.find((line) => line.startsWith("Bad server host key: "));
  if (short !== undefined) return `ssh's config does not allow the host key of ${target.name}: ${short}`;
  if (!words.some((line) => line.startsWith("Host key verification failed"))) return undefined;
  const certificate = words.find((line) =>
    /ertificate invalid|ertificate has expired|is not a listed principal/.test(line),
  );
  if (certificate !== undefined) return `the host certificate of ${target.name} does not stand: ${certificate}`;
  const [, type, fingerprint] = /^debug1: Server host (?:key|certificate): (\S+) (SHA256:[^\s,]+)/m.exec(said) ?? [];
  if (type === undefined || fingerprint === undefined) return `ssh does not trust the host key of ${target.name}`;
  if (/marked as revoked|REVOKED HOST KEY/.test(said)) {
    const where = target.pinned.find((pinned) => pinned.revoked)?.where ?? "known_hosts";
    return `its host key ${type} ${fingerprint} is marked @revoked at ${where}`;
  }
  const narrowed = words.find((line) =>
    /revoked by file|in revoked keys file|differs from the key for the IP address/.test(line),
  );
  if (narrowed !== undefined) return `ssh's config does not allow the host key of ${target.name}: ${narrowed}`;
  // A certificate's fingerprint is that of the key in it.
  return strangeFault(target, { type: type.replace("-cert-v01@openssh.com", ""), fingerprint });
}

function bySystem({ system }: Target): string {
  return `by the system's ssh${system?.why === undefined ? "" : ` for ${system.why}`}`;
}

/** Which keys were shown, and what the server would take. */
function loginWords(said: string, words: readonly string[]): readonly string[] {
  const offered = [...said.matchAll(/^debug1: Offering public key: (.*?)\r?$/gm)].map(([, key = ""]) => key);
  // What was wrong with a key that was not even offered, or could not sign.
  const faults = words.filter((line) => /^(Load key|sign_and_send_pubkey|Load certificate)/.test(line));
  const refused = words.findLast((line) => /Permission denied|Too many/.test(line));
  return [
    ...(offered.length === 0 ? [] : [`offered ${offered.join(", ")}`]),
    ...faults,
    ...(refused === undefined ? [] : [refused]),
  ];
}

/** ssh's words for what the system answered, with the code of that answer, which has plainer ones. */
function withCode(line: string): Error {
  const code = codes.find(([words]) => line.includes(words))?.[1];
  return code === undefined ? new Error(line) : Object.assign(new Error(line), { code });
}

const codes: readonly (readonly [string, string])[] = [
  ["Connection refused", "ECONNREFUSED"],
  ["Connection reset", "ECONNRESET"],
  ["No route to host", "EHOSTUNREACH"],
  ["Network is unreachable", "ENETUNREACH"],
  ["Name or service not known", "ENOTFOUND"],
  ["nodename nor servname provided", "ENOTFOUND"],
  ["Temporary failure in name resolution", "EAI_AGAIN"],
  ["Connection timed out", "ETIMEDOUT"],
  ["Operation timed out", "ETIMEDOUT"],
];
