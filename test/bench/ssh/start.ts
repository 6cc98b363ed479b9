import { type Cost, inTurns, measured } from "./measure.ts";
import { homeOf, shipProgram } from "./project.ts";
import { against, type Bench, type Part, type Row } from "./row.ts";

/** What it costs to begin: CPU, as the wall of so short a run says more about the machine. */
export const start: Part = { needs: [], rows };

async function rows({ asked, rig, project }: Bench): Promise<readonly Row[]> {
  project.configure(20);
  project.version("v1", 50_000);
  const node = (...words: readonly string[]): Promise<Cost> =>
    measured({ run: [process.execPath, ...words], cwd: project.folder, env: homeOf(rig) });
  const { nothing, version, plan } = await inTurns(asked.repeats * 5, {
    nothing: () => node("-e", "0"),
    version: () => node(shipProgram, "version"),
    plan: () => node(shipProgram, "plan", "--offline", "--now", "--reason", "bench", "--version", "v1"),
  });
  const peer = nothing.cpu * 1000;
  const common = { peer, unit: "ms CPU", name: "node -e 0" } as const;
  return [
    against({ ...common, work: "ship version", ship: version.cpu * 1000, bar: { most: 1.4 } }),
    against({ ...common, work: "ship plan --offline, 20 hosts", ship: plan.cpu * 1000, bar: { most: 2.5 } }),
  ];
}
