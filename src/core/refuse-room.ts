import { among, complaintsOf, type Refused } from "./complaints.ts";
import { hostsOf } from "./fleet.ts";
import { componentOn } from "./parts.ts";
import type { Asked, Plan } from "./plan.ts";
import { isDown, plannedIn } from "./plan-stages.ts";
import { bytes, foldHosts } from "./words.ts";

/** How many files a release has is not known here; with fewer than this not even the host's own side can work. */
const fewestInodes = 100;

/** Has every host that is to be changed the room for the release? */
export function room(asked: Asked, made: Plan): Refused {
  const { name, manifest } = asked.release;
  const needed = manifest.size * 4 + 1_000_000;
  const isChanging = changing(made);
  return {
    outcome: "refused",
    complaints: complaintsOf(asked, (seen, host) => {
      if (seen.type !== "observed") return undefined;
      const { free, inodes = Number.POSITIVE_INFINITY, releases } = seen.observation;
      const isRoomy = free >= needed && inodes >= fewestInodes;
      if (isRoomy || releases.includes(name) || !isChanging(host)) return undefined;
      const { tree, path } = componentOn(asked.component, { name: host });
      const under = `under ${tree ?? path}`;
      if (free < needed) return `${host} has ${bytes(free)} free ${under}, and needs ${bytes(needed)}`;
      return `${host} has ${inodes} free inodes ${under}, and needs ${fewestInodes} at least`;
    }),
    hint: "Make room there (a lower `keep` removes old releases), then run the same command again.",
  };
}

/** Hosts that are down and stay down use up the window; when nothing is left of it, no healthy host may be taken out. */
export function crowded(asked: Asked, made: Plan): Refused {
  const isChanging = changing(made);
  const cohorts = hostsOf(asked.fleet, asked.component.hosts);
  const complaints = made.stages.flatMap((stage) => {
    const members = cohorts.flatMap(({ cohort, hosts }) => (cohort === stage.cohort ? hosts : []));
    const down = members.filter(({ name }) => isDown(asked.seen.get(name)) && !isChanging(name));
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

/** Is a host to be changed? */
function changing(made: Plan): (host: string) => boolean {
  return among(() =>
    plannedIn(made.stages.map(({ hosts }) => ({ hosts: hosts.filter(({ action }) => action === "change") }))),
  );
}
