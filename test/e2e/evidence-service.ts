import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RigHost } from "./openssh.ts";

/**
 * A version of a service that only sleeps, and is well. Many components run it on one host at the same time, so each has a
 * file of its own that says which process it is.
 */
export function writeSleeper(folder: string, version: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "VERSION"), `${version}\n`);
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${text}`, { mode: 0o755 });
}

const programs = {
  restart: `./bin/stop
setsid ./bin/serve </dev/null >/dev/null 2>&1 &
`,
  stop: `read -r pid <"$HOME/$SHIP_COMPONENT.pid" || exit 0
kill "$pid"
rm -f "$HOME/$SHIP_COMPONENT.pid"
`,
  serve: `echo "$$" >"$HOME/$SHIP_COMPONENT.new" && mv "$HOME/$SHIP_COMPONENT.new" "$HOME/$SHIP_COMPONENT.pid"
exec sleep 100000
`,
  healthy: `read -r pid <"$HOME/$SHIP_COMPONENT.pid" && kill -0 "$pid"
`,
};

/** The version whose folder a component's process runs in on a host, as the machine itself sees it: `h01 v1`, `h02 -`. */
export function running({ name, home }: RigHost, component: string): string {
  try {
    const pid = readFileSync(join(home, `${component}.pid`), "utf8").trim();
    return `${name} ${readFileSync(join(readlinkSync(`/proc/${pid}/cwd`), "VERSION"), "utf8").trim()}`;
  } catch {
    return `${name} -`;
  }
}
