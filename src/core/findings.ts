import { isDrifted } from "./drift.ts";
import type { Observation } from "./host.ts";
import type { Inspection, Looked } from "./inspection.ts";
import { bytes, duration } from "./words.ts";

/** What stands in the way on a host, and what mends it. `bad`: false for what is so and hinders nothing now. */
export type Finding = {
  readonly finding: string;
  readonly bad: boolean;
  readonly text: string;
  readonly mend: string;
};

/** What the findings speak of. `rehearsal`: the hosts are processes of this machine, and end with it. */
export type About = { readonly component: string; readonly path: string; readonly rehearsal: boolean };

/** Less room than this is too little for any release worth the name. */
const roomBytes = 64 * 1024 * 1024;
const roomInodes = 2_000;
/** Metrics are read by times: further apart than this (ms), and the windows are off. */
const skewLimit = 5_000;

/** Everything that stands in the way on one host, the worst first; none when all is well. Host-born text is raw. */
export function findingsOf(looked: Looked, about: About): readonly Finding[] {
  if (looked.type === "absent") return [absent(looked)];
  const { observation, inspection } = looked;
  return [
    ...tools(observation, inspection),
    ...disk(observation, inspection, about),
    ...rights(inspection),
    ...state(observation, inspection, about),
    ...clock(looked),
    ...forwarding(inspection),
    ...boots(inspection, about),
  ];
}

function bad(finding: string, text: string, mend: string): Finding {
  return { finding, bad: true, text, mend };
}

function absent({ cause, reason }: Extract<Looked, { type: "absent" }>): Finding {
  switch (cause) {
    case "unreachable":
      return bad("unreachable", `not reached: ${reason}`, "see that it is up, and that ssh reaches it by that name");
    case "host-key":
      return bad(
        "not-trusted",
        reason,
        "compare the key with the host's own; one that is not known yet is trusted by ship doctor --trust",
      );
    case "auth":
      return bad("not-let-in", reason, "put your public key into the login user's authorized_keys");
    case "lost":
      return bad("no-answer", reason, "see what the login shell prints and runs: ssh HOST true has to end at once");
  }
}

function tools({ missingTools }: Observation, { unlocked }: Inspection): readonly Finding[] {
  const names = missingTools.join(", ");
  const packages = "coreutils, util-linux, tar and gzip, or a newer busybox, have them";
  return [
    ...(missingTools.length > 0 ? [bad("tools", `missing: ${names}`, `install ${names}: ${packages}`)] : []),
    ...(unlocked ? [bad("no-lock", "flock does not lock there", "move the path to a file system with locks")] : []),
  ];
}

function disk({ free }: Observation, inspection: Inspection, { path }: About): readonly Finding[] {
  const { unwritable, noexec, inodes, user } = inspection;
  const few = inodes !== undefined && inodes < roomInodes;
  return [
    ...unwritable.map((what) =>
      bad(
        "unwritable",
        `not writable: ${what}`,
        `make ${path} and all in it belong to ${user}, on a disk that is writable`,
      ),
    ),
    ...(noexec ? [bad("noexec", "programs under the path cannot be run", "mount it without noexec")] : []),
    ...(free < roomBytes ? [bad("room", `${bytes(free)} free`, "make room, or lower `keep`")] : []),
    ...(few ? [bad("inodes", `${inodes} inodes free`, "remove small files, or lower `keep`")] : []),
  ];
}

function rights({ denied, user, unitMissing, endsAtLogout }: Inspection): readonly Finding[] {
  const unmanaged = bad(
    "unit",
    "systemd does not know the unit of `process`",
    "install the unit, or correct `process`",
  );
  const logout = bad(
    "ends-at-logout",
    "systemd ends a user's processes at logout, the watchdog of a lease too",
    "set KillUserProcesses=no in /etc/systemd/logind.conf",
  );
  return [
    ...denied.map((command) =>
      bad(
        "sudo",
        `sudo does not let ${user} run: ${command}`,
        `allow it in sudoers: ${user} ALL=(root) NOPASSWD: ${command}`,
      ),
    ),
    ...(unitMissing ? [unmanaged] : []),
    ...(endsAtLogout ? [logout] : []),
  ];
}

function state(observation: Observation, inspection: Inspection, about: About): readonly Finding[] {
  const { record, foreign, link } = observation;
  const back = `ship rollback -c ${about.component}`;
  const held = inspection.holdsLock;
  const locked = bad("locked", `the record's lock is held by process ${held}`, "see what that process is, and end it");
  return [
    ...(foreign === undefined ? [] : [bad("foreign", foreign, foreignMend(foreign, about))]),
    ...(held === "" ? [] : [locked]),
    ...phase(observation, inspection, back),
    ...(foreign === undefined && isDrifted(observation)
      ? [
          bad(
            "drifted",
            `runs ${link || "nothing"}, ship left ${record.current || "nothing"}`,
            `${back}, or deploy with --adopt`,
          ),
        ]
      : []),
  ];
}

function foreignMend(foreign: string, { path, component }: About): string {
  if (foreign.includes("newer ship")) return "use that newer ship";
  if (foreign.includes("record"))
    return `see ${path}/.ship/record; put it away, and ${component} is deployed there anew`;
  return `see ${path}/current: ship takes over what it can prove; move it away, or deploy with --adopt`;
}

function phase({ record }: Observation, { watched }: Inspection, back: string): readonly Finding[] {
  const under = `${record.rollout} has it in hand (${record.phase})`;
  switch (record.phase) {
    case "revert-failed":
      return [bad("revert-failed", "it could not be put back", `see why the old release does not start, then ${back}`)];
    case "armed":
    case "switched":
    case "reverting":
      if (!watched) return [bad("unwatched", `${under}, and no process sees to it`, back)];
      return [{ finding: "in-hand", bad: false, text: under, mend: "wait for it, or see ship status" }];
    default:
      return [];
  }
}

function clock({ skew, took }: Extract<Looked, { type: "looked" }>): readonly Finding[] {
  if (Math.abs(skew) <= skewLimit + took / 2) return [];
  const which = skew > 0 ? "ahead of" : "behind";
  return [bad("clock", `its clock is ${duration(Math.abs(skew))} ${which} this machine's`, "set both by NTP")];
}

function forwarding({ asks }: Inspection): readonly Finding[] {
  if (asks === undefined) return [];
  if (asks !== "none")
    return [
      {
        finding: "forwarding",
        bad: false,
        text: `forwarding forbidden: asks through the host's ${asks}`,
        mend: "nothing",
      },
    ];
  const text = "forwarding forbidden, and neither curl nor wget nor bash: its service cannot be asked";
  return [bad("forwarding", text, "install curl there, or let its sshd forward to itself (AllowTcpForwarding local)")];
}

function boots({ boot }: Inspection, { component, rehearsal }: About): readonly Finding[] {
  if (boot.installed) return [];
  const text = "does not survive a reboot: what a reboot cuts off is not put back";
  if (rehearsal) return [{ finding: "reboot", bad: false, text: "ends with this machine", mend: "nothing" }];
  if (boot.way === "none")
    return [bad("reboot", `${text}, as ${boot.reason}`, "install cron there, then run this with --fix")];
  return [bad("reboot", text, `ship doctor -c ${component} --fix`)];
}
