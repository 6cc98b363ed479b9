import type { Answer } from "../core/host.ts";
import { prelude } from "./prelude.ts";
import { type Asked, run, type Site } from "./run.ts";

const cap = 1_048_576;

/** A program in the live release's folder, with its environment; `failed` when it took longer than `within`. */
export async function execute(site: Site, asked: Asked<"execute">): Promise<Answer> {
  const seconds = Math.max(1, Math.ceil(asked.within / 1000));
  const words = { run: asked.run, seconds, cap };
  const within = seconds * 1000 + 10_000;
  const { frame, answer } = await run(site, { words, text: prelude + text, within, cap: cap + 65_536 });
  if (frame === undefined) return answer;
  if (frame.fields.has("nothing")) return { type: "failed", detail: "no release is live here", log: "" };
  if (stopped.has(frame.code)) return { type: "failed", detail: `it took longer than ${seconds} s`, log: frame.body };
  return { type: "exited", code: frame.code, stdout: frame.body };
}

/** How timeout(1) ends: 124 from coreutils, the signal's code from busybox. */
const stopped: ReadonlySet<number> = new Set([124, 137, 143]);

const text = `
linked
case $link in '' | */*) begin; say nothing live; end 0 ;; esac
there() { # SECONDS COMMAND; what it needs by absolute path, as the release's environment may set PATH
  set -- "$1" "$2" "$(command -v timeout)" "$(command -v sh)"
  enter "$link" && exec "$3" "$1" "$4" -c "$2"
}
begin
echo body
exec 3>&1
code=$( { { (there "$seconds" "$run" </dev/null 2>/dev/null 3>&- 4>&-); echo "$?" >&4; } | head -c "$cap" >&3; } 4>&1)
end "\${code:-126}"
`;
