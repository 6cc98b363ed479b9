import type { Answer } from "../core/host.ts";
import type { BootHook, Inspection } from "../core/inspection.ts";
import { type Frame, field } from "./frame.ts";
import { isForbidden } from "./http.ts";
import { hostProgram } from "./program.ts";
import { reboot } from "./reboot.ts";
import { count } from "./record.ts";
import { type Asked, run, type Site } from "./run.ts";
import { firstWay } from "./way.ts";

/** Tries what will be needed, by doing it: a write as durable as a record's, a lock, a program. Nothing of it stays. */
export async function inspect(site: Site, asked: Asked<"inspect">): Promise<Answer> {
  const { path, component } = site.place;
  const words = { granted: sudoLines(asked.commands), unit: asked.process.type === "unit" ? asked.process.unit : "" };
  const program = hostProgram({ path, component, host: site.host.name });
  const looking = run(site, { words, text: `mask=$(umask)\n${program}${reboot}${firstWay}${text}` });
  const [{ frame, answer }, isOpen] = await Promise.all([looking, forwards(site)]);
  return frame === undefined ? answer : { type: "inspected", inspection: readInspection(frame, isOpen) };
}

/** Whether the sshd lets us connect to what listens on the host; found by trying, be it a port where nothing does. */
function forwards(site: Site): Promise<boolean> {
  return site.transport.connect(site.host, { address: "127.0.0.1", port: 1 }).then(
    (stream) => {
      stream.on("error", () => {}).destroy();
      return true;
    },
    (error: unknown) => !isForbidden(site, error),
  );
}

/** What is behind `sudo -n` where it is plain words, a line each: the rest cannot be asked about without running it. */
function sudoLines(commands: readonly string[]): string {
  const found = commands.flatMap((command) => [...command.matchAll(/\bsudo -n ([\w./@:=+ -]+)(?=$|[;&|\n])/gm)]);
  return [...new Set(found.map(([, words = ""]) => `${words.trim()}\n`))].join("");
}

function readInspection(frame: Frame, isOpen: boolean): Inspection {
  const all = (key: string) => frame.fields.get(key) ?? [];
  return {
    ...(isOpen ? {} : { asks: field(frame, "asks") ?? "none" }),
    user: field(frame, "user") ?? "",
    umask: field(frame, "umask") ?? "",
    tools: all("tool"),
    unwritable: all("unwritable"),
    noexec: frame.fields.has("noexec"),
    unlocked: frame.fields.has("unlocked"),
    holdsLock: field(frame, "locker") ?? "",
    inodes: count(frame, "inodes"),
    denied: all("denied"),
    unitMissing: frame.fields.has("unit-missing"),
    endsAtLogout: frame.fields.has("ends-at-logout"),
    watched: frame.fields.has("watched"),
    boot: readHook(frame),
  };
}

function readHook(frame: Frame): BootHook {
  const way = field(frame, "way");
  return {
    installed: frame.fields.has("hooked"),
    way: way === "unit" || way === "crontab" ? way : "none",
    where: field(frame, "where") ?? "",
    text: frame.body,
    reason: field(frame, "reason") ?? "",
  };
}

const text = `
near=$P
until [ -d "$near" ]; do near=\${near%/*}; near=\${near:-/}; done
dry_write() { # FOLDER: as a record is written
  dry=$1/.ship-dry-$N
  complaint=$( { printf 'dry\\n' >"$dry.new" && sync "$dry.new" && mv -f "$dry.new" "$dry" && settled "$1"; } 2>&1)
  wrote=$?
  rm -f "$dry" "$dry.new"
  [ "$wrote" -eq 0 ] || say unwritable "$1: $(printf '%s' "\${complaint##*: }" | tr '\\n' ' ')"
}
dry_run() { # FOLDER: a program there
  dry=$1/.ship-dry-$N.sh
  { printf '#!/bin/sh\\n' >"$dry" && chmod 755 "$dry"; } 2>/dev/null && { "$dry" 2>/dev/null || say noexec "$1"; }
  rm -f "$dry"
}
dry_lock() { # FOLDER
  dry=$1/.ship-dry-$N.lock
  { true >"$dry"; } 2>/dev/null && { (exec 9>"$dry" && flock -n 9) 2>/dev/null || say unlocked "$1"; }
  rm -f "$dry"
}
lock_held() { # for three seconds, which no order takes
  [ -w "$S/lock" ] || return
  turn=0
  until (exec 9>>"$S/lock" && flock -n 9) 2>/dev/null; do
    turn=$((turn + 1))
    [ "$turn" -lt 60 ] || return 0
    sleep 0.05 2>/dev/null || { sleep 1; turn=$((turn + 19)); }
  done
  return 1
}
locker() {
  inode=$(ls -i "$S/lock") holder=''
  while read -r _ kind _ _ pid place _; do
    case $kind:$place: in FLOCK:*:"\${inode%% *}":) holder=$pid ;; esac
  done 2>/dev/null </proc/locks
  [ -n "$holder" ] && read -r name <"/proc/$holder/comm" && say locker "$holder $name" || say locker 'an unknown process'
}
version() { # PROGRAM: what it says of itself, in a line
  command -v "$1" >/dev/null && say tool "$1: $("$1" --version 2>&1 </dev/null | grep . | head -n 1)"
}
begin
say user "$(id -un)"
say asks "$(first_way curl wget bash)"
say umask "$mask"
say tool "sh: $(readlink "/proc/$$/exe")"
for program in tar gzip flock sync systemctl; do version "$program"; done
if [ -d "$P" ]; then
  for folder in "$P" "$P/releases" "$P/shared" "$S" "$S/jobs"; do [ ! -d "$folder" ] || dry_write "$folder"; done
else dry_write "$near"; fi
dry_run "$near"
if command -v flock >/dev/null; then
  dry_lock "$near"
  ! lock_held || locker
fi
room=$(df -Pi "$near" 2>/dev/null | tail -n 1 | tr -s ' ' ' ')
[ "$(printf '%s' "$room" | cut -d ' ' -f 2)" = 0 ] || say inodes "$(printf '%s' "$room" | cut -d ' ' -f 4)"
printf '%s' "$granted" | while IFS= read -r line; do sudo -n -l $line >/dev/null 2>&1 || say denied "$line"; done
if [ -d /run/systemd/system ]; then
  [ -z "$unit" ] || [ "$(systemctl show -p LoadState --value -- "$unit" 2>/dev/null)" != not-found ] || say unit-missing "$unit"
  [ "$(id -u)" -eq 0 ] || ! busctl get-property org.freedesktop.login1 /org/freedesktop/login1 \\
    org.freedesktop.login1.Manager KillUserProcesses 2>/dev/null | grep -q true || say ends-at-logout yes
fi
if known && guarded; then say watched yes; fi
hook
say way "$way"; say where "$where"; say reason "$reason"
! hooked || say hooked yes
printf 'body\\n%s' "$hook_text"
end 0
`;
