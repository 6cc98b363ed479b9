import { describe, expect, test } from "vitest";
import { type About, findingsOf } from "../../src/core/findings.ts";
import { bare, blank, type HostRecord, type Observation } from "../../src/core/host.ts";
import type { Inspection, Looked } from "../../src/core/inspection.ts";

const about: About = { component: "api", path: "/srv/api", rehearsal: false };

const inspection: Inspection = {
  ...{ user: "deploy", umask: "0022", tools: [], unwritable: [], noexec: false, unlocked: false, holdsLock: "" },
  ...{ inodes: 1e6, denied: [], unitMissing: false, endsAtLogout: false, watched: true },
  boot: { installed: true, way: "unit", where: "/etc/systemd/system/ship-api-1.service", text: "[Unit]", reason: "" },
};

const observation: Observation = { ...bare, free: 1e9 };

type Change = {
  readonly observed?: Partial<Observation>;
  readonly inspected?: Partial<Inspection>;
  readonly skew?: number;
  readonly took?: number;
  readonly rehearsal?: boolean;
};

function found({ observed, inspected, skew = 0, took = 20, rehearsal = false }: Change): readonly string[] {
  const looked: Looked = {
    type: "looked",
    ...{ observation: { ...observation, ...observed }, inspection: { ...inspection, ...inspected }, took, skew },
  };
  const findings = findingsOf(looked, { ...about, rehearsal });
  return findings.map(({ finding, bad, text, mend }) => `${bad ? "" : "(note) "}${finding}: ${text} | ${mend}`);
}

const record = (change: Partial<HostRecord>): HostRecord => ({ ...blank, rollout: "r1", ...change });
const none = { installed: false, way: "none", where: "", text: "", reason: "no cron runs on it" } as const;
const line = {
  installed: false,
  way: "crontab",
  where: "the crontab of deploy",
  text: "@reboot x",
  reason: "",
} as const;

describe("findings", () => {
  test("of a good host there are none", () => {
    expect(found({})).toEqual([]);
    expect(found({ inspected: { inodes: undefined } })).toEqual([]);
  });

  test.each<[string, Change]>([
    ["tools: missing: flock, setsid", { observed: { missingTools: ["flock", "setsid"] } }],
    ["no-lock: flock does not lock there", { inspected: { unlocked: true } }],
    [
      "unwritable: not writable: /srv/api: Read-only file system",
      { inspected: { unwritable: ["/srv/api: Read-only file system"] } },
    ],
    ["noexec: programs under the path cannot be run", { inspected: { noexec: true } }],
    [
      "(note) forwarding: forwarding forbidden: asks through the host's curl | nothing",
      { inspected: { asks: "curl" } },
    ],
    [
      "forwarding: forwarding forbidden, and neither curl nor wget nor bash: its service cannot be asked",
      { inspected: { asks: "none" } },
    ],
    ["room: 1.0 MB free", { observed: { free: 1_048_576 } }],
    ["inodes: 12 inodes free", { inspected: { inodes: 12 } }],
    ["sudo: sudo does not let deploy run: systemctl restart api", { inspected: { denied: ["systemctl restart api"] } }],
    ["unit: systemd does not know", { inspected: { unitMissing: true } }],
    ["ends-at-logout: systemd ends a user's processes at logout", { inspected: { endsAtLogout: true } }],
    ["locked: the record's lock is held by process 12 bash", { inspected: { holdsLock: "12 bash" } }],
    ["revert-failed: it could not be put back", { observed: { record: record({ phase: "revert-failed" }) } }],
    [
      "unwatched: r1 has it in hand (switched), and no process",
      { observed: { record: record({ phase: "switched" }) }, inspected: { watched: false } },
    ],
    [
      "unwatched: r1 has it in hand (reverting), and no process",
      { observed: { record: record({ phase: "reverting" }) }, inspected: { watched: false } },
    ],
    ["(note) in-hand: r1 has it in hand (armed)", { observed: { record: record({ phase: "armed" }) } }],
    [
      "drifted: runs v2, ship left v1",
      { observed: { link: "v2", record: record({ phase: "proven", current: "v1" }) } },
    ],
    ["drifted: runs nothing, ship left v1", { observed: { record: record({ phase: "proven", current: "v1" }) } }],
    ["drifted: runs v2, ship left nothing", { observed: { link: "v2" } }],
    [
      "reboot: does not survive a reboot: what a reboot cuts off is not put back | ship doctor -c api --fix",
      { inspected: { boot: line } },
    ],
    [
      "reboot: does not survive a reboot: what a reboot cuts off is not put back, as no cron runs on it | install cron",
      { inspected: { boot: none } },
    ],
    ["(note) reboot: ends with this machine", { inspected: { boot: none }, rehearsal: true }],
  ])("%s", (begins, change) => {
    const said = found(change);
    expect(said).toHaveLength(1);
    expect(said[0]?.slice(0, begins.length)).toBe(begins);
  });

  test.each([
    ["current points at /else", "see /srv/api/current"],
    ["the record does not parse", "see /srv/api/.ship/record"],
    ["the record was written by a newer ship", "use that newer ship"],
  ])("a tree that is not ship's own (%s) is not called drifted as well (cell 31)", (foreign, mend) => {
    const said = found({ observed: { foreign, link: "v2" } });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`foreign: ${foreign} | ${mend}`);
  });

  test("a clock is off by more than the look itself could hide (cell 29)", () => {
    expect(found({ skew: 3_600_000 })).toEqual(["clock: its clock is 1 h ahead of this machine's | set both by NTP"]);
    expect(found({ skew: -3_600_000 })).toEqual(["clock: its clock is 1 h behind this machine's | set both by NTP"]);
    expect(found({ skew: -5_000 })).toEqual([]);
    expect(found({ skew: 9_000, took: 8_000 })).toEqual([]);
    expect(found({ skew: 9_001, took: 8_000 })).toHaveLength(1);
  });

  test.each([
    ["unreachable", "unreachable: not reached: refused"],
    ["host-key", "not-trusted: refused"],
    ["auth", "not-let-in: refused"],
    ["lost", "no-answer: refused"],
  ] as const)("a host that gives no answer (%s) has that finding alone", (cause, begins) => {
    const [one, ...more] = findingsOf({ type: "absent", cause, reason: "refused" }, about);
    expect(more).toEqual([]);
    expect(`${one?.finding}: ${one?.text}`).toBe(begins);
    expect(one?.bad).toBe(true);
  });
});
