import type { Timing } from "../connection.ts";

/** How long a master goes on without anybody who uses it, s: that long it outlives a run that was killed. */
const lingers = 10;

/** That nothing is asked, no key is trusted that known_hosts does not name, and none is added to it. */
export const strict: readonly string[] = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "VerifyHostKeyDNS=no",
  "UpdateHostKeys=no",
].flatMap((option) => ["-o", option]);

/**
 * The arguments for a master at the control socket `path`; `way` leads to the host (options, `--`, its name). What is said
 * here wins over the user's config. Nothing is asked, nothing is forwarded, no key is trusted that known_hosts does not
 * name, and `-v` tells on stderr which key the host showed. No secret is among the arguments: other users can read them.
 */
export function masterWords(path: string, way: readonly string[], { connectWithin, keepalive }: Timing): string[] {
  const options = {
    ConnectionAttempts: "1",
    ConnectTimeout: seconds(connectWithin),
    ServerAliveInterval: seconds(keepalive.every),
    ServerAliveCountMax: String(keepalive.times),
    ControlPersist: String(lingers),
    ClearAllForwardings: "yes",
    ForwardAgent: "no",
    ForwardX11: "no",
    PermitLocalCommand: "no",
    RemoteCommand: "none",
    RequestTTY: "no",
    Tunnel: "no",
    Compression: "no",
  };
  const given = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ["-v", "-f", "-N", "-M", "-S", path, ...strict, ...given, ...way];
}

/** ssh counts whole seconds, at least one. */
function seconds(ms: number): string {
  return String(Math.max(1, Math.round(ms / 1000)));
}
