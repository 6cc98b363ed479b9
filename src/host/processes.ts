import type { ProcessSource } from "../core/component.ts";
import type { Answer, Process } from "../core/host.ts";
import { type Frame, field } from "./frame.ts";
import { prelude } from "./prelude.ts";
import { count } from "./record.ts";
import { type Asked, run, type Site } from "./run.ts";

/** The service's main process, by its folder (the oldest that runs from a release), its unit or its pid file. */
export async function processes(site: Site, asked: Asked<"processes">): Promise<Answer> {
  const text = `${prelude}${findProcess}find_process\nbegin\ntell_process\nend 0\n`;
  const { frame, answer } = await run(site, { words: processWords(asked.process), text });
  return frame === undefined ? answer : { type: "processes", process: readProcess(frame) };
}

/** Variables of a program that finds the process. */
export function processWords(source: ProcessSource): Readonly<Record<string, string>> {
  if (source.type === "unit") return { source: "unit", unit: source.unit };
  return source.type === "pidfile" ? { source: "pidfile", pidfile: source.path } : { source: "folder" };
}

/** A second of /proc/PID/stat, in ticks: USER_HZ, which Linux shows to programs whatever its own clock is set to. */
const ticks = 100;

/** What `tell_process` told; undefined where nothing was found. */
export function readProcess(frame: Frame): Process | undefined {
  const read = (key: string) => count(frame, key);
  const [pid, born, boot] = [read("pid"), read("born"), read("boot")];
  if (pid === undefined || born === undefined || boot === undefined) return undefined;
  return {
    identity: `${pid}.${born}`,
    startedAt: boot * 1000 + Math.round((born * 1000) / ticks),
    release: field(frame, "runs") ?? "",
    rss: (read("pages") ?? 0) * (read("page") || 4096),
    cpu: (read("used") ?? 0) / ticks,
    restarts: read("restarts"),
  };
}

/**
 * Functions for a program. One `ls -l` reads the folders of all processes: a readlink each would fork once for every
 * process of the machine. Of a process of another user, ls sees no folder. Fields of stat are counted behind the comm,
 * which may hold `) ` itself.
 */
export const findProcess = `
real() { PP=$(cd "$P" 2>/dev/null && pwd -P) || PP=$P; }
from_release() { # LINE of ls: pid and release where that process runs from one
  case $1 in *" -> $PP/releases/"*) ;; *) return 1 ;; esac
  pid=\${1#* /proc/} pid=\${pid%%/*}
  release=\${1##* -> "$PP/releases/"} release=\${release%%[ /]*}
}
weigh() { # PID: adds what it uses; its start into at
  at=''
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
  set -- \${stat##*) }
  at=\${20} used=$((used + \${12} + \${13})) pages=$((pages + \${22}))
}
family() { # PID: its children and theirs
  for task in /proc/"$1"/task/*/children; do
    { read -r children <"$task" || [ -n "$children" ]; } 2>/dev/null || continue
    for child in $children; do
      members="$members $child"
      family "$child"
    done
  done
}
born=''
find_process() {
  used=0 pages=0 main='' born='' release='' members='' restarts=''
  case $source in
    folder)
      real
      seen=' ' oldest=''
      while read -r line; do
        from_release "$line" || continue
        case $seen in *" $pid "*) continue ;; esac
        seen="$seen$pid "
        weigh "$pid" || continue
        [ -n "$at" ] || continue
        if [ -z "$born" ] || [ "$at" -lt "$born" ]; then main=$pid born=$at oldest=$release; fi
      done <<END
$(ls -l /proc/[0-9]*/cwd /proc/[0-9]*/exe 2>/dev/null | grep -F -e " -> $PP/releases/")
END
      release=$oldest
      ;;
    unit)
      while IFS='=' read -r key value; do
        case $key in MainPID) main=$value ;; NRestarts) restarts=$value ;; ControlGroup) group=$value ;; esac
      done <<END
$(systemctl show -p MainPID,NRestarts,ControlGroup -- "$unit" 2>/dev/null)
END
      [ "$main" != 0 ] || main=''
      for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd; do # the second one where systemd keeps a hierarchy of the older kind
        [ -n "$main" ] && [ -r "$tree$group/cgroup.procs" ] || continue
        while read -r pid; do [ "$pid" = "$main" ] || members="$members $pid"; done <"$tree$group/cgroup.procs"
        break
      done
      ;;
    pidfile)
      case $pidfile in /*) ;; *) pidfile=$P/$pidfile ;; esac
      { read -r main <"$pidfile" || [ -n "$main" ]; } 2>/dev/null
      case $main in '' | *[!0-9]*) main='' ;; *) family "$main" ;; esac
      ;;
  esac
  if [ -n "$main" ] && [ "$source" != folder ]; then
    if weigh "$main"; then
      born=$at
      real
      while read -r line; do ! from_release "$line" || break; done <<END
$(ls -l "/proc/$main/cwd" "/proc/$main/exe" 2>/dev/null)
END
      for pid in $members; do weigh "$pid"; done
    fi
  fi
}
tell_process() {
  [ -n "$born" ] || return 0
  say pid "$main"; say born "$born"; say runs "$release"; say used "$used"; say pages "$pages"
  say boot "$(sed -n 's/^btime //p' /proc/stat)"
  say page "$(getconf PAGESIZE 2>/dev/null)"
  [ -z "$restarts" ] || say restarts "$restarts"
}
`;
