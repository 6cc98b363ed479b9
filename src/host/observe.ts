import type { Answer, Observation } from "../core/host.ts";
import { checked, checkProgram, probeBy } from "./check.ts";
import { outputCap } from "./execute.ts";
import { type Frame, field } from "./frame.ts";
import { prelude, signs } from "./prelude.ts";
import { count, readRecord } from "./record.ts";
import { type Asked, run, type Site } from "./run.ts";
import { missingTools } from "./tools.ts";

/**
 * Everything that a plan needs, in one round trip, with the service's health where that is asked for. Writes nothing, and
 * works where there is nothing yet. Each program that it starts is a millisecond of every host, so it starts few.
 */
export async function observe(site: Site, { health }: Asked<"observe">): Promise<Answer> {
  const looking = health === undefined ? nothingMore : checkProgram(health);
  const tell = `[ -n "$link" ] || end 0\n${looking.tell}`;
  const probing = health === undefined ? undefined : probeBy(site, health.check.how);
  const program = prelude + signs + looking.parts + text + tell;
  const { frame, answer } = await run(site, { words: looking.words, text: program, cap: 1_048_576 + outputCap });
  if (frame === undefined) return answer;
  const observation = readObservation(frame);
  if (observation === undefined) return { type: "lost", reason: "the host's answer makes no sense" };
  if (health === undefined) return { type: "observed", observation };
  const answered = checked(await probing, frame);
  return { type: "observed", observation: withoutWay(site, observation), health: answered };
}

/** A host whose service cannot be asked lacks something, as one does that cannot lock: a rollout there would see nothing. */
function withoutWay({ ways, host }: Site, observation: Observation): Observation {
  if (ways.get(host.name) !== "none") return observation;
  const missing = "curl, wget or bash (its sshd forbids forwarding)";
  return { ...observation, missingTools: [...observation.missingTools, missing] };
}

const nothingMore = { words: {}, parts: "", tell: "end 0\n" };

function readObservation(frame: Frame): Observation | undefined {
  const record = readRecord(frame);
  if (record === undefined) return undefined;
  const all = (key: string) => frame.fields.get(key) ?? [];
  return {
    record,
    link: field(frame, "link") ?? "",
    releases: all("release"),
    proven: all("proven"),
    bad: all("bad"),
    now: readClock(field(frame, "now") ?? ""),
    free: 1024 * (count(frame, "free") ?? 0),
    ...readInodes(field(frame, "inodes") ?? ""),
    missingTools: all("missing"),
    id: field(frame, "id") ?? "",
    signs: { beat: field(frame, "beat") ?? "", word: field(frame, "word") ?? "", closed: field(frame, "closed") ?? "" },
    foreign: field(frame, "foreign"),
  };
}

/** `seconds.nanoseconds`; a date without nanoseconds (busybox) leaves something else behind the point. */
function readClock(text: string): number {
  const [, seconds = "0", rest = "0"] = /^(\d+)(?:\.(\d+)$)?/.exec(text) ?? [];
  return Number(seconds) * 1000 + Math.floor(Number(`0.${rest}`) * 1000);
}

/** `total free`; a file system that makes them as it needs them counts none, and where only df is there nobody asks. */
function readInodes(text: string): Pick<Observation, "inodes"> {
  const [, total = "0", free = ""] = /^(\d{1,15}) (\d{1,15})$/.exec(text) ?? [];
  return Number(total) === 0 ? {} : { inodes: Number(free) };
}

const text = `
known || r_generation=0 r_run='' r_sequence=0 r_rollout='' r_attempt=0 r_phase=idle r_direction=forward \\
  r_current='' r_target='' r_good='' r_open='' r_holder=''
linked
marks() { for file in "$S/$1"/*; do [ ! -e "$file" ] || say "$1" "\${file##*/}"; done; }
near=$P
until [ -d "$near" ]; do near=\${near%/*}; near=\${near:-/}; done
begin
tell_record
case $link in */*) ;; *) say link "$link" ;; esac
[ ! -d "$P/releases" ] || { list; for name in $listed; do say release "$name"; done; }
marks proven
marks bad
say now "$(date +%s.%N)"
set -f
set -- $(stat -f -c '%a %S %c %d' "$near" 2>/dev/null)
if [ $# -ne 4 ]; then
  rows=$(df -Pk "$near")
  set -- \${rows#*"
"}
  set -- "$4" 1024 0 0
fi
set +f
say free "$(($1 * $2 / 1024))"
say inodes "$3 $4"
${missingTools}for name in id beat word closed; do
  read_sign "$name"
  [ -z "$sign" ] || say "$name" "$sign"
done
foreign=\${foreign:-$broken}
[ -z "$foreign" ] || say foreign "$foreign"
`;
