/**
 * How a boot comes to put back what a reboot cut off: as root under systemd a unit, else a line of the login user's
 * crontab, else not at all. Needs the prelude; `hook` only looks, and what it says is exactly what `hang_up` writes.
 */
export const reboot = `
hook() { # way, where and hook_text; for the way none a reason
  way=none where='' hook_text='' reason='' beside=' and no systemd'
  [ ! -d /run/systemd/system ] || beside=', and its systemd takes units from root alone'
  if [ -d /run/systemd/system ] && [ "$(id -u)" -eq 0 ]; then
    way=unit
    unit_name=ship-$(printf '%s' "$C" | tr -c 'A-Za-z0-9._-' -)-$(printf '%s' "$P" | sha256sum | cut -c 1-8).service
    where=/etc/systemd/system/$unit_name hook_text=$(unit_text)
  elif ! command -v crontab >/dev/null; then reason="it has no crontab$beside"
  elif ! cron_runs; then reason="no cron runs on it$beside"
  elif ! lines=$(crontab_lines); then reason="its crontab cannot be read: $lines"
  else
    way=crontab where="the crontab of $(id -un)" hook_text=$(crontab_line)
  fi
}
hooked() { # after hook: is that what a boot will find?
  [ -r "$S/host.sh" ] || return
  case $way in
    unit) [ "$(cat "$where" 2>/dev/null)" = "$hook_text" ] && systemctl -q is-enabled "$unit_name" 2>/dev/null ;;
    crontab) crontab_lines | grep -qxF -e "$hook_text" ;;
    *) return 1 ;;
  esac
}
hang_up() {
  case $way in
    unit)
      printf '%s\\n' "$hook_text" >"$where.new" && sync "$where.new" && mv -f "$where.new" "$where" &&
        systemctl daemon-reload && systemctl -q enable "$unit_name" && sync ;;
    crontab)
      lines=$(crontab_lines) || return
      { [ -z "$lines" ] || printf '%s\\n' "$lines"; printf '%s\\n' "$hook_text"; } | crontab - ;;
  esac
}

cron_runs() { # whoever reads crontabs has one of these names
  for comm in /proc/[0-9]*/comm; do
    { IFS= read -r name <"$comm"; } 2>/dev/null || continue
    case $name in cron | crond | fcron | dcron | bcron-start) return 0 ;; esac
  done
  return 1
}
crontab_lines() { # fails, with the complaint on stdout, when there may be lines that are not seen
  lines=$(crontab -l 2>&1) && { printf '%s' "$lines"; return 0; }
  case $lines in *'no crontab for'* | *"can't open"*) return 0 ;; esac
  printf '%s' "$lines"
  return 1
}
crontab_line() { # cron makes a line's end of a bare %
  printf "@reboot sh '%s' boot >/dev/null 2>&1 # ship %s" "$(printf '%s' "$S/host.sh" | sed "s/'/'\\\\\\\\''/g; s/%/\\\\\\\\%/g")" "$C"
}

# Without the default dependencies, so that a service behind multi-user.target can be restarted from here and nothing
# waits in a circle. What the revert starts is not the unit's own, and lives on when it is done.
unit_text() {
  cat <<END
[Unit]
Description=ship: puts $C back where a reboot cut a change off
DefaultDependencies=no
After=local-fs.target basic.target
Conflicts=shutdown.target
Before=shutdown.target

[Service]
Type=oneshot
Environment="HOME=$(printf '%s' "$HOME" | sed 's/[\\\\"]/\\\\&/g; s/%/%%/g')"
ExecStart=/bin/sh "$(printf '%s' "$S/host.sh" | sed 's/[\\\\"]/\\\\&/g; s/%/%%/g; s/\\$/$$/g')" boot
KillMode=process
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
END
}
`;
