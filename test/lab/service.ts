import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a version behaves; what is not said is well. */
export type Behaviour = {
  /** What its page of numbers says from the start; 25 is well. */
  readonly connections?: number;
  /** Seconds that each takes, as `sleep` reads them. */
  readonly drain?: string;
  readonly undrain?: string;
};

export const port = 8080;

/** How long nothing answers while a version is started, as `sleep` reads it: the observer looks more often. */
const startSeconds = "0.4";

/**
 * A version of a web service that needs no more than busybox. A host has a loopback of its own, so that all hosts use one
 * port for a component: api has this one, any other the next.
 */
export function writeVersion(folder: string, version: string, behaviour: Behaviour = {}): void {
  const { connections = 25, drain = "0.1", undrain = "0.1" } = behaviour;
  mkdirSync(join(folder, "bin"), { recursive: true });
  mkdirSync(join(folder, "www"), { recursive: true });
  writeFileSync(join(folder, "VERSION"), `${version}\n`);
  writeFileSync(join(folder, "www/health"), `${version}\n`);
  writeFileSync(join(folder, "www/metrics"), `connections_active ${connections}\n`);
  for (const [name, text] of Object.entries(programs(drain, undrain)))
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${text}`, { mode: 0o755 });
}

function programs(drain: string, undrain: string): Readonly<Record<string, string>> {
  return {
    restart: `./bin/stop
sleep ${startSeconds}
setsid ./bin/serve </dev/null >/dev/null 2>&1 &
`,
    stop: `{ read -r pid <"$HOME/$SHIP_COMPONENT.pid"; } 2>/dev/null || exit 0
kill "$pid" 2>/dev/null
rm -f "$HOME/$SHIP_COMPONENT.pid"
`,
    serve: `read -r version <VERSION
echo "$version" >>"$HOME/$SHIP_COMPONENT.starts"
echo "$$" >"$HOME/$SHIP_COMPONENT.new" && mv "$HOME/$SHIP_COMPONENT.new" "$HOME/$SHIP_COMPONENT.pid"
case $SHIP_COMPONENT in api) port=${port} ;; *) port=${port + 1} ;; esac
cd www && exec busybox httpd -f -p "0.0.0.0:$port" -h .
`,
    drain: `sleep ${drain}\n`,
    undrain: `sleep ${undrain}\n`,
  };
}

/** The process of the host's service, as it said itself. */
export function pidOf(home: string, component = "api"): number | undefined {
  try {
    return Number(readFileSync(join(home, `${component}.pid`), "utf8"));
  } catch {
    return undefined;
  }
}

/** The version that the host's service runs from, as the machine itself sees it; undefined where nothing runs. */
export function running(home: string, component = "api"): string | undefined {
  try {
    const folder = readlinkSync(`/proc/${pidOf(home, component)}/cwd`);
    return readFileSync(join(folder, "../VERSION"), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** How often the service was started on the host. */
export function starts(home: string): number {
  try {
    return readFileSync(join(home, "api.starts"), "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}
