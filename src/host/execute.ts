import type { Answer } from "../core/host.ts";
import type { Frame } from "./frame.ts";
import { prelude } from "./prelude.ts";
import { type Asked, run, type Site } from "./run.ts";

/** Kept of what a program prints, bytes. */
export const outputCap = 1_048_576;

/** What is answered where there is no live release to run it in. */
export const nothingLive = "no release is live here";

/** A program in the live release's folder, with its environment; `failed` when it took longer than `within`. */
export async function execute(site: Site, asked: Asked<"execute">): Promise<Answer> {
  const words = executeWords(asked);
  const within = words.seconds * 1000 + 10_000;
  const text = `${prelude}linked\n${executeThere}begin\ntell_program\n`;
  const { frame, answer } = await run(site, { words, text, within, cap: outputCap + 65_536 });
  return frame === undefined ? answer : readExecuted(frame, asked.within);
}

/** Variables of a program that runs another one. */
export function executeWords({ run, within }: { readonly run: string; readonly within: number }) {
  return { run, seconds: secondsOf(within), cap: outputCap };
}

/** What `tell_program` told. */
export function readExecuted(frame: Frame, within: number): Extract<Answer, { type: "failed" | "exited" }> {
  if (frame.fields.has("nothing")) return { type: "failed", detail: nothingLive, log: "" };
  const late = `it took longer than ${secondsOf(within)} s`;
  if (stopped.has(frame.code)) return { type: "failed", detail: late, log: frame.body };
  return { type: "exited", code: frame.code, stdout: frame.body };
}

function secondsOf(within: number): number {
  return Math.max(1, Math.ceil(within / 1000));
}

/** How timeout(1) ends: 124 from coreutils, the signal's code from busybox. */
const stopped: ReadonlySet<number> = new Set([124, 137, 143]);

/** Functions for a program: the other one's output is the body of the answer, its exit code the answer's. */
export const executeThere = `
there() { # SECONDS COMMAND; what it needs by absolute path, as the release's environment may set PATH
  located timeout
  set -- "$1" "$2" "$spot"
  located sh
  set -- "$@" "$spot"
  enter "$link" && exec "$3" "$1" "$4" -c "$2"
}
tell_program() {
  case $link in '' | */*) say nothing live; end 0 ;; esac
  echo body
  exec 3>&1
  code=$( { { (there "$seconds" "$run" </dev/null 2>/dev/null 3>&- 4>&-); echo "$?" >&4; } | head -c "$cap" >&3; } 4>&1)
  end "\${code:-126}"
}
`;
