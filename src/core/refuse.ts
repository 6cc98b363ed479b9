import { closedTexts, unlockHint } from "./closed.ts";
import { among, complaintsOf, type Refused } from "./complaints.ts";
import { type AssertionPolicy, type Component, everyOf } from "./component.ts";
import { isDrifted } from "./drift.ts";
import { isBeyondBelief, usual } from "./generation.ts";
import type { Observation } from "./host.ts";
import { judgedInStage } from "./parts.ts";
import type { Asked, Plan, Planned, Seen } from "./plan.ts";
import { plannedIn } from "./plan-stages.ts";
import { crowded, room } from "./refuse-room.ts";
import { duration, foldHosts, grouped } from "./words.ts";

/** Why a plan must not be carried out, as the first of the reasons that stand in its way; all of that reason's hosts. */
export function refusal(asked: Asked, made: Plan): Planned | undefined {
  for (const reason of [
    closed,
    keys,
    foreign,
    ahead,
    twice,
    drifted,
    marked,
    tools,
    hidden,
    tooShort,
    room,
    absentOverBudget,
    crowded,
  ]) {
    const refused = reason(asked, made);
    if (refused !== undefined && refused.complaints.length > 0) return { type: "refused", ...refused };
  }
  return undefined;
}

/** Somebody closed the component by hand; one host that says so is enough. */
function closed(asked: Asked): Refused {
  const { name } = asked.component;
  const hosts = complaintsOf(asked, (seen, host) =>
    seen.type === "observed" && seen.observation.signs.closed !== ""
      ? { host, sign: seen.observation.signs.closed }
      : undefined,
  );
  return { outcome: "refused", complaints: closedTexts(name, hosts), hint: unlockHint(name) };
}

/** A lying host can only hurt itself: nobody follows it to a generation that would use up the counter. */
function ahead(asked: Asked, made: Plan): Refused {
  const generationOf = (seen: Seen) => (seen.type === "observed" ? seen.observation.record.generation : 0);
  const mine = usual(Array.from(asked.seen.values(), generationOf));
  const isPlanned = among(() => plannedIn(made.stages));
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      isBeyondBelief(generationOf(seen), mine) && isPlanned(host)
        ? `${host} claims generation ${generationOf(seen)}, far beyond the others' ${mine}: its record is damaged or lies`
        : undefined,
    ),
    hint: "Look at .ship/record there. Mend it, or leave the host out with --skip-hosts.",
  };
}

function keys(asked: Asked): Refused {
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      seen.type === "absent" && seen.cause === "host-key" ? `${host}: ${seen.reason}` : undefined,
    ),
    hint: "Compare the fingerprint with the host's own, then put the key into known_hosts and run the same command again.",
  };
}

function foreignHint({ path, tree }: Component): string {
  if (tree !== undefined)
    return `Look at ${tree} there: nothing but what ship keeps of this lies in it, and it may be moved away.`;
  return `Something else manages ${path} there. Move it away, or point \`path\` elsewhere.`;
}

function foreign(asked: Asked): Refused {
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      seen.type === "observed" && seen.observation.foreign !== undefined
        ? `${host}: ${seen.observation.foreign}`
        : undefined,
    ),
    hint: foreignHint(asked.component),
  };
}

function twice(asked: Asked): Refused {
  const idOf = (seen: Seen) => (seen.type === "observed" ? seen.observation.id : "");
  const first = new Set<string>();
  const again = new Set<string>();
  for (const id of Array.from(asked.seen.values(), idOf)) (first.has(id) ? again : first).add(id);
  again.delete("");
  const known = complaintsOf(asked, (seen, host) => (again.has(idOf(seen)) ? { host, id: idOf(seen) } : undefined));
  const trees = [...grouped(known, ({ id }) => id).values()].map((tree) => tree.map(({ host }) => host));
  return {
    outcome: "refused",
    complaints: trees.map((hosts) => `${hosts.join(" and ")} are one and the same tree`),
    hint: "Name each machine once in cohorts/, or give each its own path.",
  };
}

function drifted(asked: Asked): Refused {
  return {
    outcome: "refused",
    complaints: asked.adopt
      ? []
      : complaintsOf(asked, (seen, host) => (seen.type === "observed" ? drift(seen.observation, host) : undefined)),
    hint: "Put it back by hand, or run the same command with --adopt --reason TEXT to take it as it is.",
  };
}

function drift(observation: Observation, host: string): string | undefined {
  const { record, link } = observation;
  if (!isDrifted(observation)) return undefined;
  return `${host} runs ${link || "nothing"}, and ship left it on ${record.current || "nothing"}: something else changed it`;
}

function marked(asked: Asked): Refused {
  const bad = complaintsOf(asked, (seen, host) =>
    seen.type === "observed" && seen.observation.bad.includes(asked.release.name) ? host : undefined,
  );
  const version = asked.release.manifest.version;
  return {
    outcome: "refused",
    complaints:
      bad.length === 0 || asked.retryBad ? [] : [`${version} was rolled back as bad before, on ${foldHosts(bad)}`],
    hint: "`ship why` says what it failed. To try it all the same: --retry-bad --reason TEXT.",
  };
}

function tools(asked: Asked): Refused {
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      seen.type === "observed" && seen.observation.missingTools.length > 0
        ? `${host} lacks ${seen.observation.missingTools.join(", ")}`
        : undefined,
    ),
    hint: "Install what is missing there (coreutils, tar, gzip, util-linux), then run the same command again.",
  };
}

function hidden(asked: Asked): Refused {
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      seen.type === "observed" && seen.hidden
        ? `${host}: the service answers, and its process cannot be found, so its restarts could not be counted`
        : undefined,
    ),
    hint: "Say where its process is: `process: { unit: NAME }` or `process: { pidfile: PATH }`.",
  };
}

/** A bake that is over before an assertion can have its readings would always be held. */
function tooShort({ component, now }: Asked, made: Plan): Refused {
  const short = made.stages.flatMap(({ name, bake, longestBake, hosts }, index) => {
    const idle = now || hosts.every((host) => host.action === "none" || host.action === "absent");
    const judged = judgedInStage(component, made.stages, index).filter((one) => !one.observeOnly);
    const late = judged.filter((policy) => longestBake < leastBake(component, policy, bake));
    const [first] = idle ? [] : late;
    if (first === undefined) return [];
    const least = Math.max(...late.map((policy) => leastBake(component, policy, bake)));
    return [
      `stage ${name}: its bake of ${duration(longestBake)} is over before ${first.text} can have its ${first.minReadings} readings; it needs ${duration(least)} at least`,
    ];
  });
  return {
    outcome: "usage",
    complaints: short,
    hint: "Lengthen the bake, or ask for less: warmup, every, min_readings.",
  };
}

function leastBake({ warmup }: Component, { every, minReadings }: AssertionPolicy, bake: number): number {
  return warmup + minReadings * everyOf(every, bake);
}

function absentOverBudget(_asked: Asked, made: Plan): Refused {
  const over = made.stages.filter(
    (stage) => stage.hosts.filter((host) => host.action === "absent").length > stage.maxFailed,
  );
  return {
    outcome: "unreachable",
    complaints: over.flatMap((stage) =>
      stage.hosts
        .filter((host) => host.action === "absent")
        .map((host) => `${host.host} (${stage.name}): ${host.detail}`),
    ),
    hint: "Bring them back, leave them out with --skip-hosts, or allow for them with max_failed.",
  };
}
