/** Who runs a rollout, as it stands in the records: enough to see from the same machine whether it still lives. */
export type Holder = {
  readonly user: string;
  readonly machine: string;
  readonly pid: number;
  /** When the process started, as its system counts; tells it from a later one with the same pid. */
  readonly start: string;
  /** ISO 8601. */
  readonly since: string;
  /** Where it was started. */
  readonly folder: string;
};

export function holderText({ user, machine, pid, start, since, folder }: Holder): string {
  return `${user}@${machine} pid ${pid} start ${start} since ${since} in ${folder}`;
}

export function readHolder(text: string): Holder | undefined {
  const found = /^(.*)@(\S+) pid (\d+) start (\S+) since (\S+)(?: in (.+))?$/.exec(text);
  if (found === null) return undefined;
  const [, user = "", machine = "", pid = "", start = "", since = "", folder = ""] = found;
  return { user, machine, pid: Number(pid), start, since, folder };
}
