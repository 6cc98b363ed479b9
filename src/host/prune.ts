import type { Answer } from "../core/host.ts";
import { order } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** Forgets all but the newest `keep` releases and those in use; the bytes go when the lock is free again. */
export function prune(site: Site, asked: Asked<"prune">): Promise<Answer> {
  return order(site, asked.claim, { words: { keep: asked.keep }, text, within: 120_000 });
}

const text = `
take
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
