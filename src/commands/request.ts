import type { Component } from "../core/component.ts";
import { ShipError } from "../core/error.ts";
import { type Host, serverOf } from "../core/fleet.ts";
import type { Invocation } from "./index.ts";
import { type Opened, text } from "./session.ts";

/** What a rollout was asked for, checked against the config. */
export type Request = {
  readonly version: string;
  readonly to: string | undefined;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly why: string | undefined;
  readonly onFailure: "rollback" | "hold" | undefined;
  /** ms. */
  readonly timeout: number | undefined;
  /** How long a stage waits for its approval, ms; undefined where it was not said. */
  readonly wait: number | undefined;
  readonly now: boolean;
  readonly adopt: boolean;
  readonly retryBad: boolean;
  readonly fixForward: boolean;
  readonly offline: boolean;
};

/** The overrides, as they are typed and as they stand in reports. */
export function overridesOf(request: Pick<Request, "now" | "adopt" | "retryBad" | "fixForward">): readonly string[] {
  const given = {
    "--now": request.now,
    "--adopt": request.adopt,
    "--retry-bad": request.retryBad,
    "--fix-forward": request.fixForward,
  };
  return Object.entries(given).flatMap(([flag, on]) => (on ? [flag] : []));
}

export async function requestOf({ options }: Invocation, component: Component): Promise<Request> {
  const version = text(options["version"]);
  if (version === undefined) {
    throw new ShipError("usage", "Which version?", { hint: `ship --component ${component.name} --version VERSION` });
  }
  const request: Request = {
    version,
    to: text(options["to"]),
    only: patterns(options["onlyHosts"]),
    skip: patterns(options["skipHosts"]),
    why: text(options["reason"]),
    onFailure: onFailure(text(options["onFailure"])),
    timeout: await milliseconds(text(options["timeout"])),
    wait: await milliseconds(text(options["wait"])),
    now: options["now"] === true,
    adopt: options["adopt"] === true,
    retryBad: options["retryBad"] === true,
    fixForward: options["fixForward"] === true,
    offline: options["offline"] === true,
  };
  return checked(request, component);
}

/** A request that may be carried out: overrides have their reason, and the cohort exists. Also asked of a kept plan's. */
export function checked(request: Request, component: Component): Request {
  const overrides = overridesOf(request);
  if (overrides.length > 0 && request.why === undefined) {
    throw new ShipError("usage", `${overrides.join(" and ")} needs a reason.`, {
      hint: "Say why with --reason TEXT; it stands in every later report.",
    });
  }
  checkCohort(request.to, component);
  return request;
}

export function patterns(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function onFailure(value: string | undefined): "rollback" | "hold" | undefined {
  if (value === undefined || value === "rollback" || value === "hold") return value;
  throw new ShipError("usage", `--on-failure takes rollback or hold, not ${JSON.stringify(value)}.`);
}

/** `90s`, `2m`, `1h30m`; a bare number could be anything. */
export async function milliseconds(value: string | undefined): Promise<number | undefined> {
  if (value === undefined) return undefined;
  const { default: parse } = await import("parse-duration");
  const parsed = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value) ? parse(value) : null;
  if (parsed === null || parsed <= 0)
    throw new ShipError("usage", `${JSON.stringify(value)} is not a duration.`, { hint: "Write 90s, 2m or 1h30m." });
  return parsed;
}

function checkCohort(to: string | undefined, component: Component): void {
  const cohorts = [...new Set(component.stages.map((stage) => stage.cohort))];
  if (to === undefined || cohorts.includes(to)) return;
  throw new ShipError("usage", `No stage of ${component.name} is for a cohort ${JSON.stringify(to)}.`, {
    hint: `Its stages are for ${cohorts.join(", ")}.`,
  });
}

/** The hosts that --only-hosts and --skip-hosts leave; undefined where neither was given. A pattern that fits none is a mistake. */
export async function selectedHosts(
  { component, targets }: Pick<Opened, "component" | "targets">,
  filters: Pick<Request, "only" | "skip">,
): Promise<ReadonlySet<string> | undefined> {
  const { only, skip } = filters;
  if (only.length === 0 && skip.length === 0) return undefined;
  const { default: picomatch } = await import("picomatch");
  const hosts = [...targets.hosts.values()];
  const matching = (patterns: readonly string[]) => {
    const matches = picomatch([...patterns]);
    // A server's name stands for all places on it.
    return (host: Host) => matches(host.name) || matches(serverOf(host).name);
  };
  for (const pattern of [...only, ...skip]) {
    if (!hosts.some(matching([pattern])))
      throw new ShipError("usage", `No host of ${component.name} matches ${JSON.stringify(pattern)}.`, {
        hint: `See them with: ship status -c ${component.name}`,
      });
  }
  const wanted = only.length === 0 ? () => true : matching(only);
  const unwanted = skip.length === 0 ? () => false : matching(skip);
  const left = hosts.filter((host) => wanted(host) && !unwanted(host));
  if (left.length === 0) throw new ShipError("usage", "--only-hosts and --skip-hosts leave no host.");
  return new Set(left.map(({ name }) => name));
}
