import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RigHost } from "./openssh.ts";

/** How a version behaves; what is not said is well. */
export type Behaviour = {
  /** Of a hundred requests, how many take between 50 and 250 ms. */
  readonly slow?: number;
  readonly connections?: number;
  /** Hosts on which these two hold, as a pattern of sh; elsewhere the version is well. */
  readonly where?: string;
  readonly activation?: "fails" | "leaves the old one";
  readonly start?: "exits";
  readonly health?: "silent";
};

/**
 * A version of a service that forty hosts of one machine can run at once: its process sleeps, and its page of numbers is
 * reckoned from how long it has been running. It is seen by programs alone, as all hosts of the rig share one loopback.
 */
export function writeVersion(folder: string, version: string, behaviour: Behaviour = {}): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "VERSION"), `${version}\n`);
  for (const [name, text] of Object.entries(programs(version, behaviour)))
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${text}`, { mode: 0o755 });
}

function programs(version: string, behaviour: Behaviour): Readonly<Record<string, string>> {
  const { activation, start, health } = behaviour;
  return {
    restart: `${activation === "leaves the old one" ? "" : "./bin/stop"}
${activation === "fails" ? `echo "${version}: unknown setting pool_size" >&2; exit 3` : ""}
setsid ./bin/serve </dev/null >/dev/null 2>&1 &
`,
    stop: `${known} || exit 0
kill "$pid" 2>/dev/null
rm -f "$HOME/serve.pid"
`,
    serve: `${start === "exits" ? "exit 1" : ""}
read -r now _ </proc/uptime
echo "$$ $now" >"$HOME/serve.new" && mv "$HOME/serve.new" "$HOME/serve.pid"
exec sleep 100000
`,
    healthy: `${running} || exit 1
${health === "silent" ? "exit 1" : `echo ${version}`}
`,
    metrics: metrics(behaviour),
  };
}

const known = `{ read -r pid since <"$HOME/serve.pid"; } 2>/dev/null`;
const running = `${known} && kill -0 "$pid"`;

/** A hundred requests a second since the start: uptime has hundredths, and here they lose their point. */
function metrics({ slow = 0, connections = 25, where = "*" }: Behaviour): string {
  return `${running} || exit 1
read -r now _ </proc/uptime
all=$((\${now%.*}\${now#*.} - \${since%.*}\${since#*.}))
case $SHIP_HOST in
  ${where}) slow=$((all * ${slow} / 100)) connections=${connections} ;;
  *) slow=0 connections=25 ;;
esac
page='http_request_seconds_bucket{le="0.02"} %d
http_request_seconds_bucket{le="0.05"} %d
http_request_seconds_bucket{le="0.25"} %d
http_request_seconds_bucket{le="+Inf"} %d
connections_active %d
http_requests_total{code="200"} %d
http_requests_total{code="500"} 0
'
printf "$page" $((all - slow)) $((all - slow)) $all $all $connections $all
`;
}

/** The version whose folder the host's service runs in, as the machine itself sees it; `-` where nothing runs. */
export function serving({ home }: RigHost): string {
  try {
    const pid = readFileSync(join(home, "serve.pid"), "utf8").split(" ")[0];
    return readFileSync(join(readlinkSync(`/proc/${pid}/cwd`), "VERSION"), "utf8").trim();
  } catch {
    return "-";
  }
}
