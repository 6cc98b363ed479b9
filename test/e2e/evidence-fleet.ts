import { join } from "node:path";
import { running, writeSleeper } from "./evidence-service.ts";
import { type Rig, type RigHost, startOpenSsh } from "./openssh.ts";
import { openPlace, type Place } from "./ship.ts";

/** What a component says of its evidence, and whatever else it says otherwise than the rest. */
export type Component = {
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Conditions, or conditions with how they are judged; else that is every 400 ms, on two readings. */
  readonly assertions: readonly (string | { readonly assert: string; readonly [key: string]: unknown })[];
  readonly lines?: Readonly<Record<string, unknown>>;
};

/** The config of a file: components by their names, and the Prometheus that they ask. */
export type Config = {
  readonly components: Readonly<Record<string, Component>>;
  readonly prometheus?: Readonly<Record<string, unknown>>;
};

/**
 * Hosts on which many components live beside each other, so that many rollouts can be tried at a time: `first` has h01, and
 * `all` h02 and h03 too. h04 (first) and h05 are in the row of a rollout that loses its host.
 */
export type EvidenceFleet = {
  readonly rig: Rig;
  readonly place: Place;
  host(name: string): RigHost;
  /** Writes a config file. */
  configure(file: string, config: Config): void;
  /** What runs of a component on each host of a row, by the machine's own account: `h01 v1`. */
  running(component: string, row?: "steady" | "lost"): readonly string[];
  close(): Promise<void>;
};

const first: ReadonlySet<string> = new Set(["h01", "h04"]);
const lost: ReadonlySet<string> = new Set(["h04", "h05"]);

export async function openEvidenceFleet(): Promise<EvidenceFleet> {
  const rig = await startOpenSsh({ hosts: 5 });
  const place = openPlace(cohortFiles(rig));
  rig.writeSshConfig(join(place.folder, "../home"));
  for (const version of ["v1", "v2"]) writeSleeper(join(place.folder, "versions", version), version);
  return {
    ...{ rig, place },
    host: (name) => named(rig, name),
    configure: (file, config) => place.write(file, configText(rig, config)),
    running: (component, row = "steady") =>
      rig.hosts.filter(({ name }) => rowOf(name) === row).map((host) => running(host, component)),
    close: async () => {
      await place.close();
      await rig.stop();
    },
  };
}

function named(rig: Rig, name: string): RigHost {
  const found = rig.hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`the rig has no ${name}`);
  return found;
}

function cohortFiles(rig: Rig): Readonly<Record<string, string>> {
  const entries = rig.hosts.map(({ name, address, port }) => {
    return { host: name, address, port, labels: { row: rowOf(name) } };
  });
  const inner = entries.filter(({ host }) => first.has(host));
  const outer = entries.filter(({ host }) => !first.has(host));
  return {
    "cohorts/first.yaml": JSON.stringify({ hosts: inner }),
    "cohorts/all.yaml": JSON.stringify({ includes: ["first"], hosts: outer }),
  };
}

/** The label by which a component picks its hosts. */
function rowOf(name: string): "steady" | "lost" {
  return lost.has(name) ? "lost" : "steady";
}

/** JSON is YAML too. */
function configText(rig: Rig, { components, prometheus }: Config): string {
  const written = Object.entries(components).map(([name, component]) => [name, componentOf(name, component)]);
  return JSON.stringify({ ssh: { user: rig.user }, prometheus, components: Object.fromEntries(written) });
}

const often = { every: "400ms", min_readings: 2, allow: "1 of 5" };

function componentOf(name: string, { metrics, assertions, lines }: Component): unknown {
  return {
    source: { type: "dir", path: "versions/{version}" },
    hosts: { row: "steady" },
    path: name,
    activate: "./bin/restart",
    activate_within: "20s",
    deactivate: "./bin/stop",
    healthy: { type: "exec", run: "./bin/healthy", within: "10s", for: "200ms", proof: "folder" },
    max_unavailable: "100%",
    warmup: "200ms",
    stages: [
      { cohort: "first", bake: "3s" },
      { cohort: "all", bake: "3s" },
    ],
    metrics,
    assertions: [...assertions, "each.healthy", "each.restarts == 0"].map((one) =>
      typeof one === "string" ? { assert: one, ...often } : { ...often, ...one },
    ),
    ...lines,
  };
}
