import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blank, token } from "../../src/core/host.ts";
import { createRig, must, type Packed, type Rig, until } from "../host/rig.ts";
import { hasNet, inside, type Net, type Node, openNet } from "./net.ts";

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;

/** Two hosts with a network between them, of which the first has what the second lacks. */
describe.runIf(hasNet())("an archive that goes from one host to another over a network", { timeout: 90_000 }, () => {
  let net: Net;
  let rigs: readonly Rig[] = [];
  beforeAll(() => {
    net = openNet(2);
  });
  afterAll(async () => {
    net.close();
    for (const rig of rigs) await rig.close();
  });

  const nodes = () => {
    const [one, other] = net.hosts;
    if (one === undefined || other === undefined) throw new Error("the network has no two hosts");
    return [one, other] as const;
  };
  const run = (node: Node, ...words: string[]) => {
    const [program, ...rest] = [...inside(node), ...words];
    return execFileSync(program ?? "", rest, { encoding: "utf8" });
  };

  async function pair() {
    const [giver, taker] = [createRig("dash"), createRig("dash")];
    rigs = [...rigs, giver, taker];
    const [one, other] = nodes();
    giver.transport.faults = { enter: inside(one), address: one.address };
    taker.transport.faults = { enter: inside(other), address: other.address };
    for (const here of [giver, taker]) await must(here.order(fence));
    const packed = giver.release("v1", { file: "x".repeat(1_000_000) });
    await must(giver.order({ type: "place", ...packed, keepsArchive: true }));
    const { sha256, size } = packed;
    const answer = await giver.ask({ type: "pass-on", sha256, size, takes: 1 });
    if (answer.type !== "serving") throw new Error(JSON.stringify(answer));
    return { taker, packed, url: answer.url };
  }

  async function place(taker: Rig, packed: Packed, url: string) {
    const answer = await taker.order({ type: "place", ...packed, from: { by: "relay", url, headers: {} } });
    if (answer.type !== "done") throw new Error(JSON.stringify(answer));
    return answer.came;
  }

  /** Processes of a host that pass something on. */
  const passing = (node: Node) => {
    const pids = execFileSync("ip", ["netns", "pids", node.namespace], { encoding: "utf8" }).trim().split("\n");
    return pids.filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("RELAY"));
  };
  const untilNone = () =>
    until(
      () => passing(nodes()[0]).length,
      (left) => left === 0,
    );

  test("comes from there, and the one that gave it listens no more", async () => {
    const { taker, packed, url } = await pair();
    expect(new URL(url).hostname).toBe(nodes()[0].address);
    expect(await place(taker, packed, url)).toEqual({ from: "relay", bytes: packed.size });
    await untilNone();
  });

  test("comes from here when a firewall lets nothing through between them, a few seconds later", async () => {
    const { taker, packed, url } = await pair();
    run(nodes()[0], "iptables", "-A", "INPUT", "-p", "tcp", "-j", "DROP");
    try {
      const came = await place(taker, packed, url);
      expect(came).toEqual({ from: "here", bytes: packed.size, instead: "curl ended with code 28" });
    } finally {
      run(nodes()[0], "iptables", "-F", "INPUT");
    }
    // Nobody came: it ends by itself.
    await untilNone();
  });

  test("comes from here when the one that passes it on hangs, or is killed in the middle", async () => {
    const { taker, packed, url } = await pair();
    const relays = passing(nodes()[0]);
    expect(relays.length).toBeGreaterThan(0);
    for (const pid of relays) process.kill(Number(pid), "SIGSTOP");
    const coming = place(taker, packed, url);
    await until(
      () => run(nodes()[1], "ss", "-Htn", "state", "established"),
      (lines) => lines.includes(nodes()[0].address),
    );
    for (const pid of relays) process.kill(Number(pid), "SIGKILL");
    expect(await coming).toMatchObject({ from: "here", instead: expect.stringMatching(/^curl ended with code \d+$/) });
    expect(passing(nodes()[0])).toEqual([]);
  });
});
