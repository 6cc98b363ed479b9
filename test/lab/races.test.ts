import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Answer, type HostRecord, type Hosts, type Order, token } from "../../src/core/host.ts";
import { createHosts } from "../../src/host/perform.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type RigHost, startOpenSsh } from "../e2e/openssh.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";
import { must, type Packed, pack } from "../host/rig.ts";
import { random } from "../random.ts";
import { lookAt } from "./look.ts";
import { until } from "./until.ts";

const seed = Number(process.env["SHIP_SEED"] ?? Date.now() % 1_000_000);

/** Seconds; and how long before and after its end a confirm comes, ms: the watchdog counts its own sleeps, so it is late. */
const lease = 2;
const spread = { before: 400, after: 1000 };
const rounds = 5;

/** Real sshd and real watchdogs, and a confirm that comes about when the lease ends. */
test.skipIf(!hasOpenSsh())(
  `a confirm and the end of the lease: one of them wins, and the host's answer is what came of it (SHIP_SEED=${seed}) (cell 61)`,
  async () => {
    const draw = random(seed);
    const folder = mkdtempSync(join(tmpdir(), "ship-races-"));
    const rig = await startOpenSsh({ hosts: 8 });
    const transport = openSsh({ resolve: rig.resolve, concurrency: 8 });
    const [v1, v2] = [
      pack(join(folder, "v1"), "v1", { VERSION: "v1" }, {}),
      pack(join(folder, "v2"), "v2", { VERSION: "v2" }, {}),
    ];
    const won = { confirm: 0, lease: 0 };
    try {
      const racers = rig.hosts.map((host) => racer(createHosts(transport), host));
      await Promise.all(racers.map((racer) => racer.settle(v1)));
      for (let round = 0; round < rounds; round++) {
        const late = racers.map(() => lease * 1000 - spread.before + draw() * (spread.before + spread.after));
        const winners = await Promise.all(racers.map((racer, index) => racer.race([v1, v2], late[index] ?? 0)));
        for (const winner of winners) won[winner] += 1;
      }
    } finally {
      await transport.close();
      await rig.stop();
      rmSync(folder, { recursive: true });
    }
    // It was a race: neither won always.
    expect(won.confirm).toBeGreaterThan(0);
    expect(won.lease).toBeGreaterThan(0);
  },
);

type Racer = {
  settle(packed: Packed): Promise<void>;
  race(packed: readonly [Packed, Packed], after: number): Promise<"confirm" | "lease">;
};

/** One host: brings it to a version, or on a lease to the other one, whose confirm comes after so many ms. */
function racer(hosts: Hosts, { host, name, home }: RigHost): Racer {
  const path = { component: "api", path: "api" };
  let sequence = 0;
  const order = (order: Order): Promise<Answer> =>
    hosts.perform(host, path, { ...order, claim: { generation: 1, run: "run", sequence: ++sequence } });
  const look = () => lookAt({ name, home });
  const record = async (): Promise<HostRecord> => {
    const answer = await hosts.perform(host, path, { type: "observe" });
    if (answer.type !== "observed") throw new Error(`${name} was not observed: ${JSON.stringify(answer)}`);
    return answer.observation.record;
  };

  async function goTo(packed: Packed, seconds: number): Promise<{ rollout: string; attempt: number; armed: number }> {
    const { attempt: last, current } = await record();
    const [attempt, target] = [last + 1, packed.release.name];
    const rollout = `r${attempt}`;
    await must(order({ type: "place", ...packed }));
    await must(order({ type: "arm", rollout, attempt, target, from: current, lease: seconds }));
    const armed = Date.now();
    await must(order({ type: "switch", attempt }));
    return { rollout, attempt, armed };
  }

  return {
    async settle(packed) {
      await must(order({ type: "fence", rollout: "r1", expect: token(await record()), holder: "me" }));
      const { rollout, attempt } = await goTo(packed, 60);
      await must(order({ type: "confirm", rollout, attempt }));
      await must(order({ type: "prove", target: packed.release.name }));
    },
    async race([one, other], after) {
      const [from, to] = look().link === one.release.name ? [one, other] : [other, one];
      const { rollout, attempt, armed } = await goTo(to, lease);
      await sleep(armed + after - Date.now());
      const answer = await order({ type: "confirm", rollout, attempt });
      await until(`${name} rests`, () => look().record["phase"] !== "reverting");
      // The lease is over by now for whoever lost, and what was said stays so.
      await sleep(spread.after);
      const { link, record: found } = look();
      if (answer.type === "done") {
        expect([answer.record.phase, link, found["phase"]]).toEqual(["confirmed", to.release.name, "confirmed"]);
        await must(order({ type: "prove", target: to.release.name }));
        return "confirm";
      }
      expect(answer).toMatchObject({ type: "refused", cause: "reverted" });
      expect([link, found["phase"]]).toEqual([from.release.name, "reverted"]);
      return "lease";
    },
  };
}
