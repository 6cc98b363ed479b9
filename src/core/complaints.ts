import type { Outcome } from "./error.ts";
import type { Asked, Seen } from "./plan.ts";

/** A reason against a plan: what stands in the way, of which hosts, and what mends it. */
export type Refused = { readonly outcome: Outcome; readonly complaints: readonly string[]; readonly hint: string };

/** One pass without a copy: a fleet may be of a hundred thousand hosts, and is gone through for each reason. */
export function complaintsOf<Said>(asked: Asked, say: (seen: Seen, host: string) => Said | undefined): readonly Said[] {
  const complaints: Said[] = [];
  for (const [host, seen] of asked.seen) {
    const complaint = say(seen, host);
    if (complaint !== undefined) complaints.push(complaint);
  }
  return complaints;
}

/** Is a name in a set that is made the first time that somebody asks? Most plans have nothing to complain of. */
export function among(names: () => ReadonlySet<string>): (name: string) => boolean {
  let known: ReadonlySet<string> | undefined;
  return (name) => {
    known ??= names();
    return known.has(name);
  };
}
