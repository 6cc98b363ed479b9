import { exits } from "../error.ts";
import { bytesOf } from "../escape.ts";
import type { EndHost, Happening } from "../event.ts";
import type { Phase } from "../host.ts";
import type { Judgement } from "../judge.ts";
import { versionOf } from "../release.ts";
import { hostsOf, hostsThat } from "./hosts.ts";
import { isOnLease, type Progress } from "./progress.ts";
import type { Ending, State } from "./state.ts";

type Ended = Extract<Happening, { readonly type: "rollout.ended" }>;

/** The whole of how it ended, as every report shows it. */
export function endedOf(state: State, ending: Ending): Ended {
  return endedWith(state, ending, hostsOf(state));
}

function endedWith(state: State, ending: Ending, hosts: readonly Progress[]): Ended {
  const { component, plan, options } = state.given;
  return {
    type: "rollout.ended",
    component: component.name,
    version: plan.version,
    outcome: ending.outcome,
    exit: exits[ending.outcome],
    reason: ending.reason,
    summary: ending.summary,
    hint: ending.hint,
    hosts: hosts.map((host) => endHost(state, host, ending)),
    judgements: deciding(state),
    took: state.now - state.startedAt,
    by: options.by,
    why: options.why,
  };
}

/** The judgements that failed, or all of the last ones. */
function deciding(state: State): readonly Judgement[] {
  const all = [...state.judgements.values()];
  const failed = all.filter((judgement) => judgement.verdict === "fail");
  return failed.length > 0 ? failed : all;
}

function endHost(rollout: State, host: Progress, ending: Ending): EndHost {
  const { host: name, cohort } = host.plan;
  const state = stateOf(rollout, host, ending);
  const silent = state === "unknown" && isSilent(host);
  const astray = (state === "bad" || state === "unknown") && !silent && ending.outcome !== "locked";
  return {
    host: name,
    cohort,
    version: host.runs === undefined ? undefined : versionOf(host.runs),
    release: host.runs ?? "",
    state,
    detail: silent ? "it was confirmed, and gives no answer now" : host.detail,
    mend: astray ? `ship rollback -c ${rollout.given.component.name} --only-hosts ${name}` : undefined,
  };
}

function stateOf(rollout: State, host: Progress, ending: Ending): EndHost["state"] {
  if (host.bad && ending.outcome === "done") return "behind";
  switch (host.at) {
    case "proven":
      // A rollback leaves a host as it is that nothing was ever brought to.
      return host.runs === "" ? "untouched" : "proven";
    case "restored":
      return "restored";
    case "confirmed":
    case "proving":
      return isSilent(host) ? "unknown" : "confirmed";
    case "waiting":
    case "placing":
    case "placed":
    case "failed":
      // A run before this one left it on its lease, and nobody has confirmed it: this run need not have touched it.
      if (host.plan.leased !== undefined) return rollout.now < host.leasedUntil ? "reverting" : "unknown";
      if (isOnLease(host)) return "reverting";
      return host.touched ? "bad" : "untouched";
    case "directed":
      return ending.reason === "environment" || stays[host.phase] === "reverting" ? stays[host.phase] : "bad";
    case "stuck":
      return "bad";
    case "released":
      return "reverting";
    default:
      return "unknown";
  }
}

/** What a host is that a rollback told its direction and left where it was, by what it said of itself. */
const stays: Readonly<Record<Phase, EndHost["state"]>> = {
  idle: "untouched",
  armed: "reverting",
  switched: "reverting",
  confirmed: "confirmed",
  proven: "confirmed",
  reverting: "reverting",
  reverted: "restored",
  "revert-failed": "bad",
};

/** Was it confirmed, and has given no answer since? */
function isSilent({ at, silence }: Progress): boolean {
  return (at === "confirmed" || at === "proving") && silence !== undefined;
}

/** More hosts than these are too many for a page, as each takes more than forty characters. */
const mostHosts = 200;

/** A digest of the end, small enough to stay on every host: `ship why` reads it where there is no journal. */
export function pageOf(state: State, ending: Ending): string {
  const isFew = state.hosts.size <= mostHosts;
  const ended = {
    ...endedWith(state, ending, isFew ? hostsOf(state) : hostsThat(state, mayBeNotable)),
    rollout: state.given.options.rollout,
    time: new Date(state.now).toISOString(),
  };
  const whole = isFew ? JSON.stringify(ended) : undefined;
  return whole !== undefined && isSmall(whole) ? whole : brief(ended, 200);
}

function mayBeNotable(host: Progress): boolean {
  return host.detail !== undefined || isSilent(host);
}

/** 8,000 bytes at most, however many its characters are; there are never fewer bytes than units of text. */
function isSmall(page: string): boolean {
  return page.length <= 8_000 && [...page].reduce((sum, char) => sum + bytesOf(char), 0) <= 8_000;
}

/** Some hosts and judgements, with details of so many characters, and of fewer where that is still too much. */
function brief(ended: object & Pick<Ended, "hosts" | "judgements">, length: number): string {
  const notable = ended.hosts.filter((host) => host.detail !== undefined).slice(0, 10);
  const page = JSON.stringify({
    ...ended,
    hosts: notable.map((host) => ({ ...host, detail: host.detail?.slice(0, length) })),
    judgements: ended.judgements.slice(0, 5).map((judgement) => inBrief(judgement, length)),
  });
  return length === 0 || isSmall(page) ? page : brief(ended, Math.floor(length / 4));
}

/** An assertion of a thousand hosts names some of them. */
function inBrief(judgement: Judgement, length: number): Judgement {
  const causes = judgement.causes.slice(0, 3).map((one) => ({ ...one, detail: one.detail.slice(0, length) }));
  return { ...judgement, hosts: judgement.hosts.slice(0, 20), causes, origins: judgement.origins.slice(0, 2) };
}
