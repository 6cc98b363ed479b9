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

/** What `tell_process` told; undefined where nothing was found. */
export function readProcess(frame: Frame): Process | undefined {
  const read = (key: string) => count(frame, key);
  const [pid, born, boot] = [read("pid"), read("born"), read("boot")];
  if (pid === undefined || born === undefined || boot === undefined) return undefined;
  const ticks = read("ticks") || 100;
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
PP=$(cd "$P" 2>/dev/null && pwd -P) || PP=$P
folders() { # PID-PATTERN: 'pid release' for each of them that runs from a release
  ls -l /proc/$1/cwd /proc/$1/exe 2>/dev/null | grep -F -e " -> $PP/releases/" | while read -r line; do
    pid=\${line#* /proc/} name=\${line##* -> "$PP/releases/"}
    printf '%s %s\\n' "\${pid%%/*}" "\${name%%[ /]*}"
  done
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
      pairs=$(folders '[0-9]*')
      seen=' '
      while read -r pid name; do
        case $seen in *" $pid "*) continue ;; esac
        [ -n "$pid" ] || continue
        seen="$seen$pid "
        weigh "$pid" || continue
        [ -n "$at" ] || continue
        if [ -z "$born" ] || [ "$at" -lt "$born" ]; then main=$pid born=$at release=$name; fi
      done <<END
$pairs
END
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
      read -r pid release <<END
$(folders "$main")
END
      for pid in $members; do weigh "$pid"; done
    fi
  fi
}
tell_process() {
  [ -n "$born" ] || return 0
  say pid "$main"; say born "$born"; say runs "$release"; say used "$used"; say pages "$pages"
  say boot "$(grep '^btime' /proc/stat | cut -d ' ' -f 2)"
  say ticks "$(getconf CLK_TCK 2>/dev/null)"
  say page "$(getconf PAGESIZE 2>/dev/null)"
  [ -z "$restarts" ] || say restarts "$restarts"
}
`;
