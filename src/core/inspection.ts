import type { ProcessSource } from "./component.ts";
import type { Observation } from "./host.ts";

/** What will be asked of a host: the commands that the config has it run, and where its service's process is. */
export type Intent = { readonly commands: readonly string[]; readonly process: ProcessSource };

/** What a host found out about itself by trying. */
export type Inspection = {
  /** Login user, and the file mode mask that the login left. */
  readonly user: string;
  readonly umask: string;
  /** Programs with what they say of themselves: `tar: tar (GNU tar) 1.34`. */
  readonly tools: readonly string[];
  /** Folders in which a file cannot be written, synced and renamed, each with the reason. */
  readonly unwritable: readonly string[];
  /** A program on that disk cannot be run. */
  readonly noexec: boolean;
  /** flock(1) does not lock there. */
  readonly unlocked: boolean;
  /** Who holds the record's lock for longer than an order may: a process, as `1234 name`; empty for nobody. */
  readonly holdsLock: string;
  /** Free inodes; undefined where the file system does not count them. */
  readonly inodes: number | undefined;
  /** Commands that sudo does not grant without a password. */
  readonly denied: readonly string[];
  /** The service's unit is not known to systemd. */
  readonly unitMissing: boolean;
  /** systemd ends all of a user's processes at logout, the watchdog too. */
  readonly endsAtLogout: boolean;
  /** False when a lease or a revert is under way and no process sees to it. */
  readonly watched: boolean;
  /** Its sshd forbids forwarding: what it asks its own services with (`curl`), or `none`. Left out where it allows it. */
  readonly asks?: string;
  readonly boot: BootHook;
};

/**
 * What a boot does about a change that a reboot cut off. `text` is what `rearm` writes to `where`: a unit's file, or a
 * line of the login user's crontab; `none` where the host has neither, and `reason` says why.
 */
export type BootHook = {
  readonly installed: boolean;
  readonly way: "unit" | "crontab" | "none";
  readonly where: string;
  readonly text: string;
  readonly reason: string;
};

/** How a look at a host came out. Times in ms; `skew` is how far its clock is ahead of this machine's, `took` one round trip. */
export type Looked =
  | { readonly type: "absent"; readonly cause: "unreachable" | "host-key" | "auth" | "lost"; readonly reason: string }
  | {
      readonly type: "looked";
      readonly observation: Observation;
      readonly inspection: Inspection;
      readonly took: number;
      readonly skew: number;
    };
