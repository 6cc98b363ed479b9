import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/**
 * Keeps the rollout's page beside those of the nineteen rollouts before it. One that is not over has nobody who runs it now.
 * Old releases are out of the way when the lock is free again; their bytes go after that.
 */
export function close(site: Site, asked: Asked<"close">): Promise<Answer> {
  return order(site, asked.claim, {
    words: { rollout: asked.rollout, page: asked.page, over: asked.over ? 1 : 0, keep: asked.keep ?? "" },
    text,
    within: 120_000,
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
[ -n "$keep" ] || done_
linked
list
surplus=-$keep
for name in $listed; do surplus=$((surplus + 1)); done
[ "$surplus" -gt 0 ] || done_
save || fail 'the record could not be written'
for name in $listed; do
  [ "$surplus" -gt 0 ] || break
  surplus=$((surplus - 1))
  case $name in "$link" | "$r_current" | "$r_target" | "$r_good") continue ;; esac
  rm -f "$P/releases/$name.json" "$P/releases/$name.sh" "$P/releases/$name.env" "$P/releases/$name.sum"
  mv "$P/releases/$name" "$S/incoming/$N-$name"
done
list
printf '%s\\n' $listed >"$S/order.new" && mv -f "$S/order.new" "$S/order"
unlock
rm -rf "$S/incoming/$N"-*
answer_done
`;
