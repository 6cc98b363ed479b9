import { inTurns } from "./measure.ts";
import { bareLoop, byAnsible, byClush, byPssh, byXargs } from "./peers.ts";
import { against, atMost, type Bench, type Part, type Row } from "./row.ts";

/** What every host runs, on cold connections: a status of a fleet that has nothing yet. */
export const observe: Part = { needs: ["clush", "parallel-ssh", "xargs"], rows };

async function rows({ asked, rig, project }: Bench): Promise<readonly Row[]> {
  const hosts = { rig, count: asked.many };
  project.configure(asked.many);
  const { ship, bare, clush, pssh, xargs } = await inTurns(asked.repeats, {
    ship: () => project.ship("status", "--json"),
    bare: () => bareLoop(hosts),
    clush: () => byClush(hosts),
    pssh: () => byPssh(hosts),
    xargs: () => byXargs(hosts),
  });
  const [name, best] = Object.entries({ clush, pssh, "xargs ssh": xargs }).reduce((a, b) =>
    a[1].wall <= b[1].wall ? a : b,
  );
  const work = `observe ${asked.many} hosts, cold`;
  return [
    against({
      work: `${work}: CPU`,
      ship: ship.cpu,
      peer: bare.cpu,
      unit: "s CPU",
      name: "bare ssh2",
      bar: { most: 1.3 },
    }),
    against({ work: `${work}: wall`, ship: ship.wall, peer: best.wall, unit: "s", name, bar: { most: 1 } }),
    atMost(`${work}: peak`, ship.peak, 200, "MB"),
  ];
}

/** The same against Ansible's `raw` with 50 forks. Once: it takes a minute for a thousand hosts. */
export const ansible: Part = { needs: ["ansible"], rows: againstAnsible };

async function againstAnsible({ asked, rig, project }: Bench): Promise<readonly Row[]> {
  project.configure(asked.many);
  const { ship, peer } = await inTurns(1, {
    ship: () => project.ship("status", "--json"),
    peer: () => byAnsible({ rig, count: asked.many }),
  });
  const work = `observe ${asked.many} hosts against Ansible raw, 50 forks`;
  const name = "ansible";
  return [
    against({ work: `${work}: wall`, ship: ship.wall, peer: peer.wall, unit: "s", name, bar: { least: 3 } }),
    against({ work: `${work}: CPU`, ship: ship.cpu, peer: peer.cpu, unit: "s CPU", name, bar: { least: 12 } }),
  ];
}
