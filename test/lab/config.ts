import type { LabHost } from "./lab.ts";
import { port } from "./service.ts";

/** Keys of the component, each with its value as YAML. */
export type Lines = Readonly<Record<string, string>>;

/** Where hosts are reached that are not reached at their own address, by name. */
export type Via = ReadonlyMap<string, { readonly address: string; readonly port: number }>;

/** Cohorts by name, the innermost first: how many hosts each has, those of the cohorts before it included. */
export type Stages = Readonly<Record<string, { readonly hosts: number; readonly bake: string }>>;

/** A host that is left alone is back after so many ms: its lease by DESIGN section 6 (no drain, 4 s + 4 s + 0.5 s + 15 s), and an activation. */
export const leaseMs = 24_000;
export const restartMs = 4_000;

/** Short times, so that a lease is over in a quarter of a minute and some. */
const usual: Lines = {
  source: '{ type: dir, path: "versions/{version}" }',
  path: "api",
  activate: "./bin/restart",
  activate_within: "4s",
  deactivate: "./bin/stop",
  drain: "{ run: ./bin/drain, for: 0s }",
  undrain: "./bin/undrain",
  healthy: `{ type: http, url: "http://127.0.0.1:${port}/health", within: 4s, for: 500ms, proof: version }`,
  max_unavailable: '"25%"',
  rollback: '{ max_unavailable: "25%" }',
  warmup: "500ms",
  metrics: `{ active_cons: { from: exposition, url: "http://127.0.0.1:${port}/metrics", gauge: connections_active } }`,
  assertions: "[{ assert: each.active_cons > 10, every: 1s, min_readings: 2 }]",
};

export function configText(stages: Stages, lines: Lines): string {
  const list = Object.entries(stages).map(([cohort, { bake }]) => `{ cohort: ${cohort}, bake: ${bake} }`);
  const component = Object.entries({ ...usual, stages: `[${list.join(", ")}]`, ...lines });
  return `ssh: { user: root }\ncomponents:\n  api:\n${component.map(([key, text]) => `    ${key}: ${text}\n`).join("")}`;
}

/** The files of the cohorts; a host that is named in `via` is reached there. */
export function cohortFiles(stages: Stages, hosts: readonly LabHost[], via: Via): Readonly<Record<string, string>> {
  const inOrder = Object.entries(stages);
  return Object.fromEntries(
    inOrder.map(([name, { hosts: count }], index) => {
      const [inner, before] = inOrder[index - 1] ?? ["", { hosts: 0 }];
      const lines = hosts.slice(before.hosts, count).map((host) => {
        const { address, port } = via.get(host.name) ?? host;
        return `  - { host: ${host.name}, address: ${address}, port: ${port} }\n`;
      });
      return [`cohorts/${name}.yaml`, `${inner === "" ? "" : `includes: [${inner}]\n`}hosts:\n${lines.join("")}`];
    }),
  );
}
