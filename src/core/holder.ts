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

/** `ada on desk/1f (pid 7, in /srv), since 2026-11-21T22:30:00Z`: said so everywhere. Raw; what is no holder, as it is. */
export function holderSaid(text: string): string {
  const holder = readHolder(text);
  if (holder === undefined) return text;
  const { user, machine, pid, since } = holder;
  const folder = holder.folder === "" ? "" : `, in ${holder.folder}`;
  return `${user} on ${machine} (pid ${pid}${folder}), since ${since}`;
}
