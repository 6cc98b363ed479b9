import type { Answer } from "../core/host.ts";
import { jobOrder } from "./order.ts";
import type { Asked, Site } from "./run.ts";

/** The live release's own command takes the host out of service; then it waits for what is still under way. */
export function drain(site: Site, asked: Asked<"drain">): Promise<Answer> {
  return step(
    site,
    asked,
    `in_phase "$attempt" armed
linked
placed "$link" || done_
manifest "$link"
perform "$attempt-drain" "$link" "$m_drain" "$m_activate_within" "$m_drain_for" ''
`,
  );
}

export function activate(site: Site, asked: Asked<"activate">): Promise<Answer> {
  return step(
    site,
    asked,
    `in_phase "$attempt" switched
manifest "$r_target"
perform "$attempt-activate" "$r_target" "$m_activate" "$m_activate_within" 0 ''
`,
  );
}

export function undrain(site: Site, asked: Asked<"undrain">): Promise<Answer> {
  return step(
    site,
    asked,
    `in_phase "$attempt" switched
manifest "$r_target"
perform "$attempt-undrain" "$r_target" "$m_undrain" "$m_activate_within" 0 ''
`,
  );
}

function step(site: Site, asked: Asked<"drain" | "activate" | "undrain">, text: string): Promise<Answer> {
  return jobOrder(site, asked.claim, { words: { attempt: asked.attempt }, text: `take\n${text}` });
}
