import type { Answer } from "../core/host.ts";
import { jobOrder } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** Starts the revert, or waits for the one under way; one that a crash of the host cut off is started again. */
export function revert(site: Site, asked: Asked<"revert">): Promise<Answer> {
  const { attempt, to } = asked;
  return jobOrder(site, asked.claim, { words: { attempt, to }, text });
}

const text = `
watch_revert() {
  unlock
  await
  known
  [ "$r_phase" != reverted ] || answer_done
  [ "$r_phase" != revert-failed ] || fail 'the revert failed' "$(last_words)"
  begin; say answer running; end 0
}
start_revert() {
  install_program && save || fail 'the record or the host program could not be written'
  launch "$attempt-revert" back "$attempt" "$to" "$moved"
  watch_revert
}
take
J=$S/jobs/$attempt-revert moved=1
[ "$attempt" -ge "$r_attempt" ] || refuse attempt
linked
if [ "$r_phase" = reverting ] && [ "$attempt" -ne "$r_attempt" ]; then
  ! guarded || refuse busy
  r_phase=revert-failed
fi
if [ "$r_phase" = reverting ]; then
  alive "$J.pid" || { stop_jobs; start_revert; }
  save || fail 'the record could not be written'
  watch_revert
fi
if [ "$attempt" -eq "$r_attempt" ] && [ "$r_phase" = reverted ]; then done_; fi
[ -z "$to" ] || placed "$to" || refuse missing "release $to is not on the disk"
resting=1
case $r_phase in armed | switched | revert-failed) resting=0 ;; esac
way_back "$to"
r_attempt=$attempt
if [ "$link" = "$to" ] && [ "$r_current" = "$to" ] && [ "$resting" -eq 1 ]; then
  r_phase=reverted r_current=$link r_good=$link
  done_
fi
r_phase=reverting
start_revert
`;
