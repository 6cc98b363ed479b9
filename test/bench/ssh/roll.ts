import { type Cost, inTurns } from "./measure.ts";
import { bareLoop, byPlaybook } from "./peers.ts";
import { against, atMost, type Bench, type Part, type Row } from "./row.ts";

/** Takes a fleet that is proven on one version to another, and back. */
export const rollback: Part = { needs: [], rows: backRows };

async function backRows(bench: Bench): Promise<readonly Row[]> {
  const { asked, rig, project } = bench;
  const count = asked.some;
  rig.wipe();
  project.configure(count, { max_unavailable: '"100%"', ...quick });
  for (const version of ["v1", "v2", "v3", "v4", "v5"]) project.version(version, 50_000);
  await ship(bench, "v1");
  let next = 2;
  const { back, connect } = await inTurns(asked.repeats, {
    back: async () => {
      await ship(bench, `v${next}`);
      next += 1;
      return project.ship("rollback", "-c", "api", "--to-version", "v1", "--reason", "bench", "--output", "plain");
    },
    connect: () => bareLoop({ rig, count }),
  });
  const work = `roll back ${count} hosts`;
  return [
    against({ work, ship: back.wall, peer: connect.wall, unit: "s", name: "connecting, bare ssh2", bar: { most: 3 } }),
  ];
}

/** One host, a tenth, all, with health between, against a playbook with the same serial and checks. */
export const stages: Part = { needs: ["ansible-playbook"], rows: stageRows };

async function stageRows(bench: Bench): Promise<readonly Row[]> {
  const { asked, rig, project } = bench;
  const count = asked.some;
  rig.wipe();
  const three = ["one", "tenth", "all"].map((cohort) => `{ cohort: ${cohort}, bake: 0s }`);
  project.configure(count, { max_unavailable: '"100%"', stages: `[${three.join(", ")}]`, ...quick });
  project.version("v1", 50_000);
  const own = await ship(bench, "v1");
  rig.wipe();
  const peer = await byPlaybook({ rig, count }, playbook(`${project.folder}/versions/v1`), 50);
  const work = `stages 1, 10%, all of ${count} hosts, 50 KB`;
  return [against({ work, ship: own.wall, peer: peer.wall, unit: "s", name: "ansible-playbook", bar: { least: 15 } })];
}

/** A whole rollout of many hosts, and of a tenth of them: what it holds in memory, and how its time grows. */
export const whole: Part = { needs: [], rows: wholeRows };

async function wholeRows(bench: Bench): Promise<readonly Row[]> {
  const { asked, rig, project } = bench;
  project.version("v1", 50_000);
  const small = Math.round(asked.many / 10);
  const run = async (count: number) => {
    rig.wipe();
    project.configure(count, { max_unavailable: "32", ...quick });
    return ship(bench, "v1");
  };
  const few = await run(small);
  const all = await run(asked.many);
  const work = `a rollout of ${asked.many} hosts`;
  const name = `ten times ${small} hosts`;
  return [
    atMost(`${work}: peak`, all.peak, 300, "MB"),
    against({ work: `${work}: wall`, ship: all.wall, peer: 10 * few.wall, unit: "s", name, bar: { most: 1.2 } }),
    against({ work: `${work}: CPU`, ship: all.cpu, peer: 10 * few.cpu, unit: "s CPU", name, bar: { most: 1.2 } }),
  ];
}

const quick = { healthy: '{ type: exec, run: "true", within: 5s, for: 0s, proof: none }' };

function ship({ project }: Bench, version: string): Promise<Cost> {
  return project.ship("-c", "api", "--version", version, "--now", "--reason", "bench", "--output", "plain");
}

function playbook(folder: string): string {
  return `- hosts: all
  gather_facts: false
  serial: [1, "10%", "100%"]
  max_fail_percentage: 0
  tasks:
    - file: { path: api/releases/v1, state: directory }
    - copy: { src: ${folder}/, dest: api/releases/v1/ }
    - file: { src: releases/v1, dest: api/current, state: link }
    - command: "true"
    - command: { cmd: "true", chdir: api/current }
`;
}
