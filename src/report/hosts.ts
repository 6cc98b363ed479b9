import type { EndHost } from "../core/event.ts";
import { grouped } from "../core/words.ts";
import type { Tone } from "./paint.ts";
import { plural, safe } from "./safe.ts";

/** Hosts that ended alike: in the same state on the same version. */
type EndGroup = {
  readonly state: EndHost["state"];
  readonly tone: Tone;
  /** Escaped; `-` where it is not known. */
  readonly version: string;
  readonly names: readonly string[];
  /** What one of them says of it, escaped, and how many say something else. */
  readonly detail: string;
};

const states: readonly (readonly [EndHost["state"], Tone])[] = [
  ["bad", "bad"],
  ["unknown", "bad"],
  ["reverting", "warn"],
  ["behind", "warn"],
  ["confirmed", "warn"],
  ["restored", "plain"],
  ["proven", "good"],
  ["untouched", "quiet"],
];

/** The hosts at the end of a rollout in groups, those that need a hand first. */
export function endGroups(hosts: readonly EndHost[]): readonly EndGroup[] {
  return states.flatMap(([state, tone]) => {
    const those = hosts.filter((host) => host.state === state);
    return [...grouped(those, (host) => host.version ?? "").values()].map((group) => {
      const version = group[0]?.version;
      const names = group.map(({ host }) => host);
      return { state, tone, version: version === undefined ? "-" : safe(version, 40), names, detail: detailOf(group) };
    });
  });
}

function detailOf(group: readonly EndHost[]): string {
  const [first, ...others] = new Set(group.flatMap((host) => host.detail ?? []));
  if (first === undefined) return "";
  return `${safe(first, 120)}${others.length > 0 ? ` (and ${plural(others.length, "other cause")})` : ""}`;
}
