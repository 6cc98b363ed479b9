import { slowLine } from "./delay.ts";
import { inTurns } from "./measure.ts";
import { bySsh } from "./peers.ts";
import { farPort } from "./rig.ts";
import { against, type Bench, type Part, type Row } from "./row.ts";

const roundTrip = 100;
const count = 20;

/** Twenty hosts behind a slow line, against one of them and the least that ssh can do. */
export const far: Part = { needs: ["ssh"], rows };

async function rows({ asked, rig, project }: Bench): Promise<readonly Row[]> {
  project.configure(count, {}, "far");
  const line = await slowLine(rig, count, roundTrip);
  try {
    const { ship, ssh } = await inTurns(asked.repeats, {
      ship: () => project.ship("status", "--json"),
      ssh: () => bySsh(rig, rig.address(0), ["-p", String(farPort)]),
    });
    const work = `observe ${count} hosts at ${roundTrip} ms round trip: wall`;
    return [against({ work, ship: ship.wall, peer: ssh.wall, unit: "s", name: "ssh host true", bar: { most: 2 } })];
  } finally {
    line.close();
  }
}
