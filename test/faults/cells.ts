/** One fault at one step of a rollout, and what ship owes there. */
export type Cell = {
  readonly number: number;
  readonly fault: string;
  /** What must happen, in a few words. */
  readonly owed: string;
};

export type Group = { readonly letter: string; readonly name: string; readonly cells: readonly Cell[] };

type Row = readonly [number: number, fault: string, owed: string];

function group(letter: string, name: string, rows: readonly Row[]): Group {
  return { letter, name, cells: rows.map(([number, fault, owed]) => ({ number, fault, owed })) };
}

/** The fault matrix: what can go wrong, by the step at which it does. */
export const groups: readonly Group[] = [
  group("A", "Resolve and plan", [
    [1, "hostile component, version, cohort or environment name", "refused before any socket"],
    [2, "version that YAML read as a number or a date", "refused, shows what it became"],
    [3, "tag moves between runs or in a run", "the digest is pinned; another one is refused"],
    [4, "cohorts not nested, empty stage, one machine under two names", "refused with the offenders"],
    [5, "inventory edited between a kill and the next run", "differences are told, nothing is lost"],
    [6, "target already everywhere", "0, no restart, no record written"],
    [7, "version that was rolled back before", "refused without an override"],
  ]),
  group("B", "Lock and fence", [
    [8, "second deployer, the first alive", "refused with holder and age, no host touched"],
    [9, "SIGKILL of the holder, same command again", "goes on, no manual unlock"],
    [10, "holder stopped, superseded, continued", "ends as superseded, puts nothing back"],
    [11, "only part of the fleet can be fenced", "never more out of service than allowed"],
    [12, "late fence of a dead run", "ignored"],
    [13, "lock held on by the restarted service", "the next order is not blocked"],
    [14, "the lock's database is lost in a stage", "no new hosts, those in hand finish"],
    [15, "forced unlock of a live run", "the old holder is fenced out"],
    [16, "two components on one host at once", "independent records"],
  ]),
  group("C", "Connect", [
    [17, "host unreachable at the start", "counts against the budget, never dropped"],
    [18, "host key changed, unknown or revoked", "refused before authentication"],
    [19, "TCP accepts and says nothing, or stops in the key exchange", "bounded"],
    [20, "half-open connection in an operation", "ambiguous, asked again"],
    [21, "reset or cut after any number of bytes", "ambiguous, nothing leaks"],
    [22, "more channels or connections than the server allows", "waits its turn"],
    [23, "login fails on one of ten hosts", "found before anything is touched"],
    [24, "many hosts lost at once: the deployer's own network", "held, not rolled back"],
  ]),
  group("D", "Preflight", [
    [25, "disk or inodes short", "refused, nothing in use is pruned"],
    [26, "no previous release", "the plan says so; the host goes back to nothing"],
    [27, "the link differs from the record", "drift is named and refused"],
    [28, "host or assertions bad before the rollout", "refused, not blamed on the version"],
    [29, "clocks an hour apart, a clock that steps", "deadlines are unaffected"],
    [30, "read-only disk, sudo denied, no systemd, noexec", "refused before the switch"],
    [31, "record of a newer ship, or a damaged one", "that host is refused, the link untouched"],
  ]),
  group("E", "Upload and verify", [
    [32, "SIGKILL or reset at any byte of an upload", "only a part file; the next run mends it"],
    [33, "clean end of a short stream", "found by its length and sum, removed"],
    [34, "a bit flipped on the way or on the disk", "never switched to"],
    [35, "disk full in an upload", "part removed, other hosts untouched"],
    [36, "a host at 10 kB/s", "a least throughput; others do not wait"],
    [37, "one digest brought by two runs", "sent once, or harmlessly twice"],
    [38, "artifact larger than declared, or endless", "cut off and refused"],
    [39, "signature missing, wrong or expired", "refused before any host is asked"],
  ]),
  group("F", "Unpack and prune", [
    [40, "hostile archive", "refused by the scan, nothing unpacked"],
    [41, "SIGKILL or power cut while unpacking", "a release is complete or not there"],
    [42, "release there but damaged", "set aside and unpacked again"],
    [43, "tar fails half-way", "staging removed, host failed"],
    [44, "pruning beside a rollback or another run", "never what is in use or good"],
  ]),
  group("G", "Arm and switch", [
    [45, "SIGKILL after arming, before the switch", "goes back without a restart"],
    [46, "power cut after arming was answered", "the record survived; boot reverts"],
    [47, "next run finds a host armed or switched", "adopted, good unchanged"],
    [48, "SIGKILL before, in and after the switch", "converges, one restart at most"],
    [49, "switched, but the answer is lost", "asked again, never taken for failed"],
    [50, "switch arrives late", "rejected, the host stays old"],
    [51, "power cut in the rename", "the link is old or new, never missing"],
    [52, "the link is a folder, dangles or was swapped", "refused"],
  ]),
  group("H", "Restart and host check", [
    [53, "restart hangs", "killed with its group, reverted"],
    [54, "restarts well, then dies again and again", "not healthy"],
    [55, "the old process survives and answers 200", "fails its proof"],
    [56, "a gigabyte of output without a newline", "not stalled, memory bounded"],
    [57, "a child in the background keeps stdout", "ends with the command"],
    [58, "SIGKILL of the deployer in a restart", "the restart ends, the next run converges"],
    [59, "host reboots between check and confirm", "unconfirmed is old, confirmed new"],
    [60, "health flaps, is slow or comes from a cache", "several in a row, bounded"],
  ]),
  group("I", "Confirm and lease", [
    [61, "confirm races the deadline", "one wins, the report is the host's"],
    [62, "the answer to a confirm is lost", "asked again: confirmed"],
    [63, "late confirm of an earlier attempt", "rejected"],
    [64, "the deployer vanishes before the confirm", "the host is old again, with no network"],
    [65, "the host's own revert fails", "tried once, loud, no loop"],
    [66, "the watchdog is killed", "a second layer sends the host back"],
  ]),
  group("J", "Bake and assertions", [
    [67, "metrics provider down, failing or unknown", "undecided, never a pass"],
    [68, "metrics provider slower than the interval", "time-outs, no pile-up"],
    [69, "NaN, infinities, null, empty, several series", "undecided"],
    [70, "samples from before the switch, a skewed clock", "undecided"],
    [71, "no traffic in the cohort", "undecided"],
    [72, "every measurement fails", "cannot pass"],
  ]),
  group("K", "Signals and process", [
    [73, "SIGINT, SIGTERM, a CI runner's cancel", "over within six seconds, says how to go on"],
    [74, "SIGINT twice, SIGHUP, EPIPE, a full disk here", "hosts safe, nothing blocks"],
    [75, "SIGKILL at every await, then again", "ends as undisturbed"],
  ]),
  group("L", "Rollback and report", [
    [76, "hosts unreachable in a rollback", "the others finish, these are named"],
    [77, "the old version is sick as well", "stops, no ping-pong"],
    [78, "SIGKILL in a rollback, same command again", "goes on rolling back"],
    [79, "artifacts, metrics, DNS and webhooks down", "rollback works"],
    [80, "host returns after the end", "found, named and brought along"],
  ]),
];
