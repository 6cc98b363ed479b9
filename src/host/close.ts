import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** Keeps the rollout's page beside those of the nineteen rollouts before it. One that is not over has nobody who runs it now. */
export function close(site: Site, asked: Asked<"close">): Promise<Answer> {
  return order(site, asked.claim, {
    words: { rollout: asked.rollout, page: asked.page, over: asked.over ? 1 : 0 },
    text,
  });
}

const text = `
take
case $rollout in '' | .* | */*) fail 'the rollout has no name that can be a file' ;; esac
printf '%s' "$page" >"$S/pages/$rollout.new" && sync "$S/pages/$rollout.new" &&
  mv -f "$S/pages/$rollout.new" "$S/pages/$rollout.json" || fail 'the page could not be written'
set -- "$S"/pages/*
[ $# -le 20 ] || (cd "$S/pages" && ls -t | tail -n +21 | while IFS= read -r name; do rm -f "./$name"; done)
gone "$S"/incoming/*.tar.gz
if [ "$over" -eq 0 ]; then r_holder=''; else r_open=''; fi
done_
`;
