import type { Answer, Observation } from "../core/host.ts";
import { type Frame, field } from "./frame.ts";
import { prelude } from "./prelude.ts";
import { count, readRecord } from "./record.ts";
import { run, type Site } from "./run.ts";

/** Everything that a plan needs, in one round trip. Writes nothing, and works where there is nothing yet. */
export async function observe(site: Site): Promise<Answer> {
  const { frame, answer } = await run(site, { words: {}, text: prelude + text, cap: 1_048_576 });
  if (frame === undefined) return answer;
  const observation = readObservation(frame);
  return observation ? { type: "observed", observation } : { type: "lost", reason: "the host's answer makes no sense" };
}

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
    missingTools: all("missing"),
    id: field(frame, "id") ?? "",
    foreign: field(frame, "foreign"),
  };
}

/** `seconds.nanoseconds`; a date without nanoseconds (busybox) leaves something else behind the point. */
function readClock(text: string): number {
  const [, seconds = "0", rest = "0"] = /^(\d+)(?:\.(\d+)$)?/.exec(text) ?? [];
  return Number(seconds) * 1000 + Math.floor(Number(`0.${rest}`) * 1000);
}

const text = `
broken=''
known || broken='the record does not parse'
[ -z "$broken" ] || r_generation=0 r_run='' r_sequence=0 r_rollout='' r_attempt=0 r_phase=idle r_direction=forward \\
  r_current='' r_target='' r_good='' r_open='' r_holder=''
linked
marks() { for file in "$S/$1"/*; do [ ! -e "$file" ] || say "$1" "\${file##*/}"; done; }
near=$P
until [ -d "$near" ]; do near=\${near%/*}; near=\${near:-/}; done
begin
tell_record
case $link in */*) ;; *) say link "$link" ;; esac
for name in $(listed); do say release "$name"; done
marks proven
marks bad
say now "$(date +%s.%N)"
say free "$(df -Pk "$near" | tail -n 1 | tr -s ' ' ' ' | cut -d ' ' -f 4)"
for tool in tar gzip flock setsid timeout sha256sum dd head tail mv ln od sync readlink; do
  command -v "$tool" >/dev/null || say missing "$tool"
done
mv --help 2>&1 | grep -q -e '-[a-zA-Z]*T' || say missing 'mv -T'
[ ! -r "$S/id" ] || say id "$(cat "$S/id")"
foreign=\${foreign:-$broken}
[ -z "$foreign" ] || say foreign "$foreign"
end 0
`;
