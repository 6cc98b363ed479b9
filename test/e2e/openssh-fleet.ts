import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, withoutWatchdogs } from "./host-files.ts";
import { type Rig, type RigHost, startOpenSsh } from "./openssh.ts";
import { type Behaviour, serving, writeVersion } from "./openssh-service.ts";
import { openPlace, type Place } from "./ship.ts";

/** Keys of the component, each with its value as YAML. */
type Lines = Readonly<Record<string, string>>;

export type Setting = {
  readonly hosts: number;
  /** By name, the innermost first: how many hosts it has, those of the cohorts before it included. */
  readonly cohorts: Readonly<Record<string, { readonly hosts: number; readonly bake: string }>>;
  readonly lines?: Lines;
  /** More of the config's `ssh`. */
  readonly ssh?: string;
  /** Lines before `components:`. */
  readonly top?: string;
};

/** Real servers, a folder with a config that names them, and the ship that runs there. */
export type OpenSshFleet = {
  readonly rig: Rig;
  readonly place: Place;
  /** Makes a version that ship can find. */
  version(name: string, behaviour?: Behaviour): void;
  host(name: string): RigHost;
  /** Writes the config anew, with these lines in place of the usual ones. */
  configure(lines: Lines): void;
  /** What runs on each host, by the machine's own account: `h01 v1`. */
  serving(): readonly string[];
  /** What status says of each host: `h01 v1 proven`. */
  recorded(): Promise<readonly string[]>;
  /** Every file of every host, and the process that serves: `path mode time content`. */
  everything(): Promise<readonly string[]>;
  close(): Promise<void>;
};

/** What the component says unless a test says otherwise, a line of YAML a key. */
const usual: Lines = {
  source: '{ type: dir, path: "versions/{version}" }',
  path: "api",
  activate: "./bin/restart",
  activate_within: "20s",
  deactivate: "./bin/stop",
  healthy: "{ type: exec, run: ./bin/healthy, within: 10s, for: 1s, proof: folder }",
  max_unavailable: "25%",
  rollback: "{ max_unavailable: 50% }",
  warmup: "1s",
  metrics: `
      p99_latency: { from: exec, run: ./bin/metrics, quantile: 0.99, of: http_request_seconds, unit: ms }
      active_cons: { from: exec, run: ./bin/metrics, gauge: connections_active }
      error_rate: { from: exec, run: ./bin/metrics, ratio: { bad: 'http_requests_total{code=~"5.."}', all: http_requests_total } }`,
  assertions: `
      - { assert: p99_latency < 50, every: 1s, min_events: 20, min_readings: 2 }
      - { assert: each.active_cons > 10, every: 1s, min_readings: 2 }
      - { assert: error_rate < 0.01, every: 1s, min_events: 20, min_readings: 2 }`,
};

/** A running fleet, with nothing on it yet, and good versions v1 to v3. */
export async function openFleet({ hosts, cohorts, lines = {}, ssh = "", top = "" }: Setting): Promise<OpenSshFleet> {
  const rig = await startOpenSsh({ hosts });
  const config = (changed: Lines) =>
    configText(rig, cohorts, { ...usual, ...lines, ...changed }).replace("ssh: {", `${top}ssh: { ${ssh}`);
  const place = openPlace({ "ship.config.yaml": config({}), ...cohortFiles(rig, cohorts) });
  rig.writeSshConfig(join(place.folder, "../home"));
  const version = (name: string, behaviour?: Behaviour) =>
    writeVersion(join(place.folder, "versions", name), name, behaviour);
  for (const name of ["v1", "v2", "v3"]) version(name);
  return {
    ...{ rig, place, version },
    configure: (changed) => place.write("ship.config.yaml", config(changed)),
    host: (name) => named(rig, name),
    serving: () => rig.hosts.map((host) => `${host.name} ${serving(host)}`),
    recorded: () => recorded(place),
    async everything() {
      await withoutWatchdogs(rig.hosts.map(({ home }) => home));
      return rig.hosts.flatMap((host) => [`${host.name} ${pidOf(host)}`, ...filesUnder(host.home)]);
    },
    close: async () => {
      await place.close();
      await rig.stop();
    },
  };
}

function configText(rig: Rig, cohorts: Setting["cohorts"], lines: Lines): string {
  const stages = Object.entries(cohorts).map(([cohort, { bake }]) => `{ cohort: ${cohort}, bake: ${bake} }`);
  const component = Object.entries({ stages: `[${stages.join(", ")}]`, ...lines });
  return `ssh: { user: ${rig.user} }\ncomponents:\n  api:\n${component.map(([key, text]) => `    ${key}: ${text}\n`).join("")}`;
}

function cohortFiles(rig: Rig, cohorts: Setting["cohorts"]): Readonly<Record<string, string>> {
  const inOrder = Object.entries(cohorts);
  return Object.fromEntries(
    inOrder.map(([name, { hosts }], index) => {
      const [inner, before] = inOrder[index - 1] ?? ["", { hosts: 0 }];
      const own = rig.hosts.slice(before.hosts, hosts);
      const lines = own.map((host) => `  - { host: ${host.name}, address: ${host.address}, port: ${host.port} }\n`);
      return [`cohorts/${name}.yaml`, `${inner === "" ? "" : `includes: [${inner}]\n`}hosts:\n${lines.join("")}`];
    }),
  );
}

function named(rig: Rig, name: string): RigHost {
  const found = rig.hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`the rig has no ${name}`);
  return found;
}

async function recorded(place: Place): Promise<readonly string[]> {
  const { events } = await place.ship(["status", "--json"]);
  return events.flatMap((event) =>
    event.type === "host.observed" ? [`${event.host} ${event.version ?? event.cause} ${event.phase}`] : [],
  );
}

function pidOf({ home }: RigHost): string {
  const file = join(home, "serve.pid");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "nothing runs";
}
