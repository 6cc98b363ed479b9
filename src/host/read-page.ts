import type { Answer } from "../core/host.ts";
import { field } from "./frame.ts";
import { prelude } from "./prelude.ts";
import { type Asked, run, type Site } from "./run.ts";

export async function readPage(site: Site, asked: Asked<"read-page">): Promise<Answer> {
  const { frame, answer } = await run(site, { words: { rollout: asked.rollout }, text: prelude + text });
  if (frame === undefined) return answer;
  return { type: "page", page: field(frame, "page") === "1" ? frame.body : undefined };
}

const text = `
case $rollout in
  */*) file='' ;;
  '') file=$(cd "$S/pages" 2>/dev/null && ls -t | grep -m 1 '[.]json$') ;;
  *) file=$rollout.json ;;
esac
begin
if [ -n "$file" ] && [ -r "$S/pages/$file" ]; then
  say page 1
  echo body
  cat "$S/pages/$file"
fi
end 0
`;
