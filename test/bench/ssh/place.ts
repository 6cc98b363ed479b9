import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cost, inTurns } from "./measure.ts";
import { byPlaybook, byShell } from "./peers.ts";
import { against, atMost, type Bench, type Part, type Row } from "./row.ts";

const size = 10_000_000;

/** Ships so many bytes to hosts that have nothing, and switches them; then the same again, where nothing is to do. */
export const place: Part = { needs: ["xargs", "ansible-playbook"], rows };

async function rows(bench: Bench): Promise<readonly Row[]> {
  const { asked, rig, project } = bench;
  const count = asked.some;
  project.configure(count);
  project.version("big", size);
  const archive = join(rig.root, "big.tgz");
  execFileSync("tar", ["-C", join(project.folder, "versions/big"), "-czf", archive, "."]);
  const afresh = (run: () => Promise<Cost>) => async () => {
    rig.wipe();
    return run();
  };
  const { hand, ship } = await inTurns(asked.repeats, {
    hand: afresh(() => byShell(rig, byHand(rig.list(count), archive))),
    ship: afresh(() => shipIt(bench)),
  });
  const work = `10 MB to ${count} hosts and switch`;
  const bar = { most: 1.15 };
  const first = against({ work, ship: ship.wall, peer: hand.wall, unit: "s", name: "xargs ssh, by hand", bar });
  const again = await shipAgain(bench);
  rig.wipe();
  const ansible = await byPlaybook({ rig, count }, playbook(`${rig.root}/hosts/{{ ansible_host }}/api`, archive), 32);
  const peer = { peer: ansible.wall, unit: "s", name: "ansible-playbook" } as const;
  return [first, against({ ...peer, work, ship: ship.wall, bar: { least: 8 } }), ...again];
}

function shipIt({ project }: Bench): Promise<Cost> {
  return project.ship("-c", "api", "--version", "big", "--now", "--reason", "bench", "--output", "plain");
}

async function shipAgain(bench: Bench): Promise<readonly Row[]> {
  const { rig, asked } = bench;
  const [execs, bytes] = [rig.execs(), rig.bytes()];
  await shipIt(bench);
  const each = (count: number) => count / asked.some;
  const kilobytes = each(rig.bytes() - bytes) / 1000;
  return [
    atMost(`ship again, all proven: channels a host`, each(rig.execs() - execs), 1, ""),
    // A handshake, a login and a look are some 15 kB in both directions; the artifact would be ten thousand.
    atMost(`ship again, all proven: kB on the wire a host`, kilobytes, 50, "kB"),
  ];
}

/** What people write: the bytes on stdin, their checksum, unpacked beside the others, and the link renamed. */
function byHand(list: string, archive: string): string {
  const sum = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const remote = `set -e; mkdir -p api/releases/big; cat >api/big.tgz; echo ${sum} api/big.tgz | sha256sum -c --quiet; tar -xzf api/big.tgz -C api/releases/big; rm api/big.tgz; ln -s releases/big api/new; mv -T api/new api/current`;
  return `xargs -a ${list} -P 32 -I{} sh -c 'ssh {} "${remote}" <${archive}'`;
}

function playbook(path: string, archive: string): string {
  return `- hosts: all
  gather_facts: false
  tasks:
    - file: { path: "${path}/releases/big", state: directory }
    - copy: { src: "${archive}", dest: "${path}/big.tgz" }
    - unarchive: { src: "${path}/big.tgz", dest: "${path}/releases/big", remote_src: true }
    - file: { src: releases/big, dest: "${path}/current", state: link }
`;
}
