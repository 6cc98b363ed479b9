import { join, resolve } from "node:path";
import { ShipError } from "../core/error.ts";

/** Where things stand in a sandbox's folder. A host sees only its own home. */
export type Layout = {
  readonly folder: string;
  readonly state: string;
  readonly keys: string;
  readonly seeded: string;
  readonly lock: string;
  readonly log: string;
  readonly artifacts: string;
  home(host: string): string;
};

export function layout(path: string): Layout {
  const folder = resolve(path);
  return {
    folder,
    state: join(folder, "state.json"),
    keys: join(folder, "keys.json"),
    seeded: join(folder, "seeded.json"),
    lock: join(folder, "starting"),
    log: join(folder, "sandbox.log"),
    artifacts: join(folder, "artifacts"),
    home: (host) => join(folder, "hosts", safe(host)),
  };
}

/** A host's name becomes a folder's: one that would leave `hosts/` is refused. */
function safe(host: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(host)) return host;
  throw new ShipError("usage", `A sandbox host cannot be called ${JSON.stringify(host)}.`, {
    hint: "Use letters, digits, dots, dashes and underscores.",
  });
}
