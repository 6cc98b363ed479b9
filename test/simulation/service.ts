import type { Answer, Look, Operation, Sign } from "../../src/core/host.ts";
import { versionOf } from "../../src/core/release.ts";
import { sign } from "../../src/core/sign.ts";
import type { Bad, Machine, Site } from "./machine.ts";

/** Does a user get answers from it? */
export function isServing(site: Site, machine: Machine): boolean {
  const bad = badOf(site, machine);
  return machine.service !== undefined && bad !== "does-not-start" && bad !== "unhealthy";
}

export function isSign(operation: Operation): operation is Sign {
  return operation.type === "beat" || operation.type === "steer" || operation.type === "lock";
}

export function signed(machine: Machine, operation: Sign, now: number): Answer {
  const { record } = machine.state;
  const { signs, answer } = sign(machine.signs, record, operation, now);
  machine.signs = signs;
  if (answer === "heard") return { type: "heard", word: signs.word };
  return answer === "done" ? { type: "done", record } : { type: "refused", cause: "stale", detail: "stale", record };
}

export function takeDown(site: Site, machine: Machine): void {
  if (isServing(site, machine)) machine.isTakenDown = true;
  machine.service = undefined;
}

/** The service comes up on what the link says, when that starts at all. */
export function start(site: Site, machine: Machine): boolean {
  const release = machine.state.link;
  machine.starts += 1;
  const starts = site.fault(machine, versionOf(release) ?? "", 0) !== "does-not-start";
  machine.service = starts ? { release, startedAt: site.time.now(), identity: machine.starts } : undefined;
  if (isServing(site, machine)) machine.isTakenDown = false;
  return starts;
}

function badOf(site: Site, machine: Machine): Bad | undefined {
  const { service } = machine;
  if (service === undefined) return undefined;
  return site.fault(machine, versionOf(service.release) ?? "", site.time.now() - service.startedAt);
}

export function look(site: Site, machine: Machine, operation: Exclude<Look, { readonly type: "inspect" }>): Answer {
  const { service, state } = machine;
  const rss = badOf(site, machine) === "bad-metric" ? 1e9 : 1e7;
  const process =
    service === undefined || machine.isBlind
      ? undefined
      : {
          identity: String(service.identity),
          startedAt: service.startedAt,
          release: service.release,
          rss,
          cpu: 1,
          restarts: undefined,
        };
  switch (operation.type) {
    case "observe": {
      const more = {
        now: site.time.now(),
        missingTools: [],
        id: machine.name,
        signs: machine.signs,
        foreign: undefined,
      };
      return { type: "observed", observation: { ...state, ...more, free: machine.hasFullDisk ? 0 : 1e12 } };
    }
    case "check": {
      const healthy = isServing(site, machine);
      const body = `{"version":"${versionOf(service?.release ?? "") ?? ""}"}`;
      return { type: "health", healthy, detail: healthy ? "answered 200" : "answered 503", body, process };
    }
    case "processes":
      return { type: "processes", process };
    case "read-page":
    case "read-fleet":
      return { type: "page", page: undefined };
    case "get":
      return { type: "unreachable", cause: "unreachable", reason: "no exporter" };
    case "execute":
      return { type: "exited", code: 0, stdout: "" };
  }
}
