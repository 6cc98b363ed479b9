import { isBeyondBelief, usual } from "./generation.ts";
import type { HostRecord } from "./host.ts";
import type { Seen } from "./plan.ts";
import { type Beaten, readBeat } from "./sign.ts";
import { grouped } from "./words.ts";

/**
 * The records that may say which rollout was the last: one host that lies must not have a rollback undo what never was, and
 * leave everything else as it is. Every run fences all hosts before it changes any, so that a generation which one host alone
 * knows has changed nothing; and no host is of a later rollout than the one that witnesses agree was its generation's.
 */
export function believedRecords(seen: ReadonlyMap<string, Seen>): readonly HostRecord[] {
  const observed = [...seen.values()].flatMap((one) => (one.type === "observed" ? [one.observation] : []));
  const records = observed.map(({ record }) => record).filter(knowsAny);
  const last = attested(observed.flatMap(({ signs }) => readBeat(signs.beat) ?? []));
  const mine = usual(records.map(({ generation }) => generation));
  return records.filter((record) => {
    if (isBeyondBelief(record.generation, mine)) return false;
    return isAlone(record, records) ? records.length < fewest : !isContradicted(record, last);
  });
}

/** A host that no run has fenced yet may have joined the fleet since, and speaks neither for nor against. */
function knowsAny({ generation, rollout, open }: HostRecord): boolean {
  return generation > 0 || rollout !== "" || open !== "";
}

/** Of two hosts that say different things, nobody knows which one lies. */
const fewest = 3;

function isAlone(record: HostRecord, records: readonly HostRecord[]): boolean {
  return records.every((other) => other === record || other.generation < record.generation);
}

/** The newest run of which at least two witnesses say the same. */
function attested(beats: readonly Beaten[]): Beaten | undefined {
  const runs = grouped(beats, ({ generation, run, rollout }) => `${generation} ${run} ${rollout}`);
  const agreed = [...runs.values()].filter((same) => same.length > 1).flat();
  return agreed.sort((a, b) => a.generation - b.generation).at(-1);
}

/** Ids of rollouts sort by time, as generations do. */
function isContradicted({ generation, rollout, open }: HostRecord, last: Beaten | undefined): boolean {
  if (last === undefined || generation > last.generation) return false;
  return rollout > last.rollout || open > last.rollout;
}
