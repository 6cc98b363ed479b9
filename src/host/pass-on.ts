import type { Answer } from "../core/host.ts";
import { field } from "./frame.ts";
import { secondsFor } from "./origin.ts";
import { prelude } from "./prelude.ts";
import { perl, python } from "./relay.ts";
import { type Asked, run, type Site } from "./run.ts";

/**
 * Has the host pass an archive on that it kept: by a server of its own, for as long as somebody comes for it. It listens
 * where it was reached by ssh, which is where the others may reach it too; where they do not, they ask for it from here.
 */
export async function passOn(site: Site, { sha256, size, takes }: Asked<"pass-on">): Promise<Answer> {
  const words = { digest: sha256, takes, life: 2 * secondsFor(size), python, perl };
  const { frame, answer } = await run(site, { words, text: prelude + text });
  if (frame === undefined) return answer;
  const url = field(frame, "url") ?? "";
  if (passable.test(url)) return { type: "serving", url };
  return { type: "failed", detail: field(frame, "detail") ?? "it did not say where", log: frame.body };
}

/** Others are told to fetch this: of an address that a host could choose freely, only one that asks nothing of anybody else. */
const passable = /^http:\/\/([0-9.]+|\[[0-9a-f:.]+\]):\d+\/[0-9a-f]{32}$/;

const text = `
kept=$S/incoming/$digest.tar.gz
[ -r "$kept" ] || fail 'it has not kept the archive'
set -f
set -- \${SSH_CONNECTION-}
address=\${3-}
case $address in '' | *%*) fail 'it does not know its own address' ;; esac
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
[ "\${#token}" -eq 32 ] || fail 'it has no random numbers'
RELAY="$kept
$token
$address
$takes
$life"
export RELAY
port='' said=''
try() { # PROGRAM FLAG TEXT; it is not seen by other users, who see arguments and not environments
  [ -z "$port" ] && command -v "$1" >/dev/null || return
  said=$(setsid "$@" 2>&1)
  case $said in '' | *[!0-9]*) ;; *) port=$said ;; esac
}
try python3 -c "$python"
try /usr/libexec/platform-python -c "$python"
try perl -e "$perl"
[ -n "$port" ] || fail 'it has neither python3 nor perl that could' "$said"
case $address in *:*) address="[$address]" ;; esac
begin
say url "http://$address:$port/$token"
end 0
`;
