import type { Answer } from "../core/host.ts";
import { quote } from "./frame.ts";
import { answerTo } from "./order.ts";
import { hostProgram } from "./program.ts";
import { reboot } from "./reboot.ts";
import type { Asked, Site } from "./run.ts";

/** Installs what a boot needs: the host program, and the unit or the crontab line that runs it; then looks whether they are there. */
export function rearm(site: Site, _asked: Asked<"rearm">): Promise<Answer> {
  const { path, component } = site.place;
  const kept = hostProgram({ path, component, host: site.host.name });
  return answerTo(site, { words: {}, text: `host_sh=${quote(kept)}\neval "$host_sh"\n${reboot}${text}` });
}

const text = `
complaint=$(mkdir -p "$S" 2>&1) || fail "$S cannot be made" "$complaint"
open_record
install_program || fail 'the host program could not be written'
hook
[ "$way" != none ] || fail "a reboot would not be survived: $reason"
if ! hooked; then
  complaint=$(hang_up 2>&1) || fail "$where could not be written" "$complaint"
  hooked || fail "$where does not hold what was written to it"
fi
answer_done
`;
