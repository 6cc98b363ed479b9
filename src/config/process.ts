import type { ProcessSource } from "../core/component.ts";

type Written = "folder" | { readonly unit: string } | { readonly pidfile: string };

/** Where the main process is found: as written, else the unit that the activation restarts, else the release's folder. */
export function processOf(written: Written | undefined, activate: string): ProcessSource {
  if (written === undefined) return unitOf(activate);
  if (written === "folder") return { type: "folder" };
  return "unit" in written ? { type: "unit", unit: written.unit } : { type: "pidfile", path: written.pidfile };
}

const restart =
  /^\s*(?:sudo\s+(?:-n\s+)?)?(?:\/(?:usr\/)?bin\/)?systemctl\s+(?:restart|reload-or-restart)\s+([A-Za-z0-9:_.@-]+)\s*$/;

/** Only a command that is nothing but the restart of one unit says for certain which unit it is. */
function unitOf(activate: string): ProcessSource {
  const unit = restart.exec(activate)?.[1];
  return unit === undefined ? { type: "folder" } : { type: "unit", unit };
}
