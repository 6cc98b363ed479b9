import { closedTexts, unlockHint } from "./closed.ts";
import { type AssertionPolicy, type Component, cohortsUntil, everyOf, judgedAfter } from "./component.ts";
import { isDrifted } from "./drift.ts";
import type { Outcome } from "./error.ts";
import { hostsOf } from "./fleet.ts";
import { isBeyondBelief, usual } from "./generation.ts";
import type { Observation } from "./host.ts";
import type { Asked, Plan, Planned, Seen } from "./plan.ts";
import { isDown } from "./plan-stages.ts";
import { bytes, duration, foldHosts, grouped } from "./words.ts";

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

type Refused = { readonly outcome: Outcome; readonly complaints: readonly string[]; readonly hint: string };

/** One pass without a copy: a fleet may be of a hundred thousand hosts, and is gone through for each reason. */
function complaintsOf(asked: Asked, say: (seen: Seen, host: string) => string | undefined): readonly string[] {
  const complaints: string[] = [];
  for (const [host, seen] of asked.seen) {
    const complaint = say(seen, host);
    if (complaint !== undefined) complaints.push(complaint);
  }
  return complaints;
}

/** Somebody closed the component by hand; one host that says so is enough. */
function closed(asked: Asked): Refused {
  const { name } = asked.component;
  const hosts = [...asked.seen].flatMap(([host, seen]) =>
    seen.type === "observed" ? [{ host, sign: seen.observation.signs.closed }] : [],
  );
  return { outcome: "refused", complaints: closedTexts(name, hosts), hint: unlockHint(name) };
}

/** A lying host can only hurt itself: nobody follows it to a generation that would use up the counter. */
function ahead(asked: Asked, made: Plan): Refused {
  const planned = new Set(made.stages.flatMap((stage) => stage.hosts).map(({ host }) => host));
  const generationOf = (seen: Seen) => (seen.type === "observed" ? seen.observation.record.generation : 0);
  const mine = usual([...asked.seen.values()].map(generationOf));
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      planned.has(host) && isBeyondBelief(generationOf(seen), mine)
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

function foreign(asked: Asked): Refused {
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) =>
      seen.type === "observed" && seen.observation.foreign !== undefined
        ? `${host}: ${seen.observation.foreign}`
        : undefined,
    ),
    hint: `Something else manages ${asked.component.path} there. Move it away, or point \`path\` elsewhere.`,
  };
}

function twice(asked: Asked): Refused {
  const known = [...asked.seen].flatMap(([host, seen]) =>
    seen.type === "observed" && seen.observation.id !== "" ? [{ host, id: seen.observation.id }] : [],
  );
  const trees = [...grouped(known, ({ id }) => id).values()].map((tree) => tree.map(({ host }) => host));
  return {
    outcome: "refused",
    complaints: trees
      .filter((hosts) => hosts.length > 1)
      .map((hosts) => `${hosts.join(" and ")} are one and the same tree`),
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
    const judged = judgedAfter(component.assertions, cohortsUntil(made.stages, index)).filter(
      (one) => !one.observeOnly,
    );
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

/** How many files a release has is not known here; with fewer than this not even the host's own side can work. */
const fewestInodes = 100;

function room(asked: Asked, made: Plan): Refused {
  const { name, manifest } = asked.release;
  const needed = manifest.size * 4 + 1_000_000;
  const changing = changingHosts(made);
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) => {
      if (seen.type !== "observed" || !changing.has(host) || seen.observation.releases.includes(name)) return undefined;
      const { free, inodes = Number.POSITIVE_INFINITY } = seen.observation;
      const under = `under ${asked.component.path}`;
      if (free < needed) return `${host} has ${bytes(free)} free ${under}, and needs ${bytes(needed)}`;
      const few = inodes < fewestInodes;
      return few ? `${host} has ${inodes} free inodes ${under}, and needs ${fewestInodes} at least` : undefined;
    }),
    hint: "Make room there (a lower `keep` removes old releases), then run the same command again.",
  };
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

/** Hosts that are down and stay down use up the window; when nothing is left of it, no healthy host may be taken out. */
function crowded(asked: Asked, made: Plan): Refused {
  const changing = changingHosts(made);
  const cohorts = hostsOf(asked.fleet, asked.component.hosts);
  const complaints = made.stages.flatMap((stage) => {
    const members = cohorts.flatMap(({ cohort, hosts }) => (cohort === stage.cohort ? hosts : []));
    const down = members.filter(({ name }) => isDown(asked.seen.get(name)) && !changing.has(name));
    const blocked = down.map(({ name }) => name);
    const healthy = stage.hosts.some((host) => host.action === "change" && host.healthy !== false);
    return healthy && blocked.length >= stage.width ? [`${stage.name}: ${crowdedText(blocked, stage.width)}`] : [];
  });
  return { outcome: "refused", complaints, hint: "Mend those hosts first, or raise max_unavailable." };
}

function crowdedText(blocked: readonly string[], width: number): string {
  if (blocked.length === 0) return "max_unavailable lets no host be changed";
  return `${foldHosts(blocked)} ${blocked.length === 1 ? "is" : "are"} down already, and max_unavailable allows ${width} of its hosts`;
}

function changingHosts(made: Plan): ReadonlySet<string> {
  const hosts = made.stages.flatMap((stage) => stage.hosts);
  return new Set(hosts.filter((host) => host.action === "change").map(({ host }) => host));
}
