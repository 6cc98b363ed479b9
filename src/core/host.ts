import type { HealthCheck, ProcessSource } from "./component.ts";
import type { Host } from "./fleet.ts";
import type { Inspection, Intent } from "./inspection.ts";
import type { Came, PassOn, PlaceOrder, Serving } from "./origin.ts";
import type { PageOrder } from "./page-order.ts";

/** What a host says of itself, for one component. Replaced whole, in one shot, under one lock. */
export type HostRecord = {
  /** The fence: grows with each run. Orders of an older generation are refused. */
  readonly generation: number;
  /** The random id of the run that holds the generation; empty on a host that no run has fenced. */
  readonly run: string;
  /** Highest order seen of that run; an order with a lower or equal one is refused. */
  readonly sequence: number;
  /** The rollout that last armed this host. */
  readonly rollout: string;
  /** Counts the tries to change this host; names a lease, so that an old confirm never fits a new try. */
  readonly attempt: number;
  readonly phase: Phase;
  /** Where the rollout goes, as it said itself: a host that puts itself back does not turn the others. */
  readonly direction: "forward" | "rollback";
  /** Release that ship last made live; empty for none. The `current` link is the truth, this is what is expected. */
  readonly current: string;
  /** Release that the last attempt brings. */
  readonly target: string;
  /** Last release proven here before the current rollout; empty for none. Where a rollback goes. */
  readonly good: string;
  /** Rollout in progress as its runner last said; empty when its runner ended it. */
  readonly open: string;
  /** Who runs it: `user@machine pid 123 start 456 since 2026-11-21T22:30:00Z in /folder`; empty when its runner has left it. */
  readonly holder: string;
};

export type Phase = "idle" | "armed" | "switched" | "confirmed" | "proven" | "reverting" | "reverted" | "revert-failed";

export const blank: HostRecord = {
  generation: 0,
  run: "",
  sequence: 0,
  rollout: "",
  attempt: 0,
  phase: "idle",
  direction: "forward",
  current: "",
  target: "",
  good: "",
  open: "",
  holder: "",
};

/** All of a host that ship's orders change. `releases` has the oldest first. */
export type HostState = {
  readonly record: HostRecord;
  /** Release that the `current` link points at; empty for none. */
  readonly link: string;
  readonly releases: readonly string[];
  readonly proven: readonly string[];
  readonly bad: readonly string[];
};

/** Who orders. The engine counts `sequence` up with every order, so that a late copy of an earlier one is refused. */
export type Claim = { readonly generation: number; readonly run: string; readonly sequence: number };

/** Orders: each is a compare-and-set on the record. `claim` is added by the engine when it sends one. */
export type Order =
  /** Takes the host for a run. `expect` is `token` of the record that was observed. */
  | {
      readonly type: "fence";
      readonly rollout: string;
      readonly expect: string;
      readonly holder: string;
      /** The fleet's hosts, one line of any text, kept for a recovery whose inventory fails; left out: what is kept stays. */
      readonly fleet?: string;
      /** Refused where the component was closed by hand; left out by a recovery, which no lock stops. */
      readonly heeds?: "lock";
    }
  | PlaceOrder
  /** Runs a step once a release; asked again while it runs. */
  | {
      readonly type: "once";
      readonly release: string;
      readonly index: number;
      readonly run: string;
      readonly within: number;
    }
  /** Starts the lease (seconds) after which the host puts itself back. `from` is the link that was observed. */
  | {
      readonly type: "arm";
      readonly rollout: string;
      readonly attempt: number;
      readonly target: string;
      readonly from: string;
      readonly lease: number;
    }
  | { readonly type: "drain"; readonly attempt: number }
  | { readonly type: "switch"; readonly attempt: number }
  | { readonly type: "activate"; readonly attempt: number }
  | { readonly type: "undrain"; readonly attempt: number }
  | { readonly type: "confirm"; readonly rollout: string; readonly attempt: number }
  | { readonly type: "prove"; readonly target: string }
  /** Before the first revert: the direction, so that a killed rollback goes on rolling back, and the release found `bad` (or empty). */
  | { readonly type: "direct"; readonly direction: "forward" | "rollback"; readonly bad: string }
  /** Puts the host on `to` (empty: none), detached; asked again while it runs. */
  | { readonly type: "revert"; readonly attempt: number; readonly to: string }
  | PageOrder;

export type Env = Readonly<Record<string, string>>;

export type Health = { readonly check: HealthCheck; readonly process: ProcessSource };

/** Looks: they change nothing, and need no claim. */
export type Look =
  /** With `health` that check goes along, in one round trip. */
  | { readonly type: "observe"; readonly health?: Health }
  /** One page of a past rollout, or the newest when `rollout` is empty. */
  | { readonly type: "read-page"; readonly rollout: string }
  /** The fleet's hosts as the last fence left them; answered as a page. */
  | { readonly type: "read-fleet" }
  | ({ readonly type: "check" } & Health)
  | { readonly type: "processes"; readonly process: ProcessSource }
  /** An HTTP GET as the host would make it. `within` in ms; the body is capped at `cap` bytes. */
  | { readonly type: "get"; readonly url: string; readonly within: number; readonly cap: number }
  /** A program on the host, from the live release's folder; `within` in ms. */
  | { readonly type: "execute"; readonly run: string; readonly within: number }
  /** Tries by itself whether the host can do all that will be asked of it; leaves nothing behind. */
  | ({ readonly type: "inspect" } & Intent);

/** Changes the host and not what stands in its record, hence needs no claim. Done twice it is as if done once. */
export type Upkeep =
  /** Sees to it that a boot puts back what a reboot cut off: the unit or crontab line that `inspect` shows. */
  { readonly type: "rearm" };

/**
 * Signs: small files beside the record, each replaced by rename. They take no sequence, so that what was observed of a host
 * stays true, and what one of them says decides nothing by itself.
 */
export type Sign =
  /** The run lives, and does what `text` says; written only while the record names that run. Answered with the word that lies there. */
  | { readonly type: "beat"; readonly generation: number; readonly run: string; readonly text: string }
  /** A word to whoever runs the rollout; an empty one takes away what lies there. */
  | { readonly type: "steer"; readonly text: string }
  /** Closes the component to rollouts by hand; an empty text opens it. */
  | { readonly type: "lock"; readonly text: string };

/** The signs as they lie on a host; empty where there is none. `beat` begins with the host's own clock, in seconds. */
export type Signs = { readonly beat: string; readonly word: string; readonly closed: string };

export const noSigns: Signs = { beat: "", word: "", closed: "" };

export type Operation = Look | Upkeep | Sign | PassOn | (Order & { readonly claim: Claim });

/** What an operation is about: a component's tree on a host. */
export type Place = { readonly component: string; readonly path: string };

/** Answers. What an operation is asked for, it is answered with `done` or its own shape; the rest may come from any. */
export type Answer =
  | { readonly type: "done"; readonly record: HostRecord; readonly came?: Came }
  /** A job that was started goes on; ask again. */
  | { readonly type: "running" }
  | { readonly type: "observed"; readonly observation: Observation; readonly health?: Answer }
  | { readonly type: "page"; readonly page: string | undefined }
  | {
      readonly type: "health";
      readonly healthy: boolean;
      readonly detail: string;
      readonly body: string;
      readonly process: Process | undefined;
    }
  | { readonly type: "processes"; readonly process: Process | undefined }
  | { readonly type: "body"; readonly status: number; readonly body: string }
  | { readonly type: "exited"; readonly code: number; readonly stdout: string }
  | { readonly type: "inspected"; readonly inspection: Inspection }
  | Serving
  /** The beat was written; `word` is what lies there for its run, raw. */
  | { readonly type: "heard"; readonly word: string }
  /** The host looked and said no: nothing was changed by this order. */
  | { readonly type: "refused"; readonly cause: Refusal; readonly detail: string; readonly record: HostRecord }
  /** The host tried, and what it ran or wrote failed. `log` is the end of its output, raw: escape before showing. */
  | { readonly type: "failed"; readonly detail: string; readonly log: string }
  /** It may have happened or not: ask again with a higher sequence. */
  | { readonly type: "lost"; readonly reason: string }
  /** It certainly did not happen. */
  | { readonly type: "unreachable"; readonly cause: "unreachable" | "host-key" | "auth"; readonly reason: string };

/**
 * Why a host refuses. `stale`: a newer run or order was seen. `moved`: not the record that was observed. `phase`: the
 * order does not fit where the host is. `reverted`: the lease ran out first. `attempt`: another try's order.
 * `drift`: the link is not where it was observed. `missing`: a release that is needed is not on the disk.
 * `locked`: closed to rollouts by hand, and `detail` is what stands there. `busy`: it is putting itself back. `disk`: no room. `bytes`: length or digest is wrong. `tools`: a program is missing.
 */
export type Refusal =
  | "stale"
  | "moved"
  | "locked"
  | "phase"
  | "reverted"
  | "attempt"
  | "drift"
  | "missing"
  | "busy"
  | "disk"
  | "bytes"
  | "tools";

/** The service's main process. `identity` is pid and start time (clock ticks since boot): another one is a restart. */
export type Process = {
  readonly identity: string;
  /** ms since the epoch, by the host's clock. */
  readonly startedAt: number;
  /** Folder that it runs from, as a release's name; empty when it is not one. */
  readonly release: string;
  /** Bytes resident, of all processes of the service. */
  readonly rss: number;
  /** CPU seconds used so far, of all processes of the service. */
  readonly cpu: number;
  /** Restarts as the supervisor counts them, where it does (systemd's NRestarts). */
  readonly restarts: number | undefined;
};

export type Observation = HostState & {
  /** The host's clock, ms since the epoch. */
  readonly now: number;
  /** Free bytes under the component's path. */
  readonly free: number;
  /** How many more files fit there; left out where its file system does not count them. */
  readonly inodes?: number;
  /** Programs that the host's side needs and that are not there. */
  readonly missingTools: readonly string[];
  /** Random id of this tree, made by the first fence: the same one under two names is one host named twice. */
  readonly id: string;
  readonly signs: Signs;
  /** Why this cannot be taken as ship's own tree, when it cannot: a foreign `current`, a record that does not parse. */
  readonly foreign: string | undefined;
};

/** A host that has nothing of a component; with no limit of room, as nobody looked. */
export const bare: Observation = {
  ...{ record: blank, link: "", releases: [], proven: [], bad: [] },
  ...{ now: 0, free: Number.MAX_SAFE_INTEGER, missingTools: [], id: "", signs: noSigns, foreign: undefined },
};

/** The upper seam: everything that ship does to a host. Never rejects; what goes wrong is an answer. */
export type Hosts = {
  perform(host: Host, place: Place, operation: Operation): Promise<Answer>;
};

export function token(record: HostRecord): string {
  return `${record.generation}.${record.run}.${record.sequence}.${record.attempt}.${record.phase}`;
}
