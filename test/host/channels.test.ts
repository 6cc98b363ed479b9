import { createServer } from "node:http";
import { expect, test } from "vitest";
import type { Operation } from "../../src/core/host.ts";
import { createRig } from "./rig.ts";

/** What an operation may use: programs that it runs on the host, and connections to what listens there. */
type Used = { readonly programs: number; readonly connections: number };

const one: Used = { programs: 1, connections: 0 };
const oneAndAConnection: Used = { programs: 1, connections: 1 };

test("each operation is one channel; where the service is asked from here, one more beside it, at the same time", async () => {
  const server = createServer((_request, response) => response.end("well"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  const rig = createRig("dash");
  const used = { programs: 0, connections: 0 };
  const { run, connect } = rig.transport;
  Object.assign(rig.transport, {
    run: (...asked: Parameters<typeof run>) => {
      used.programs += 1;
      return run(...asked);
    },
    connect: (...asked: Parameters<typeof connect>) => {
      used.connections += 1;
      return connect(...asked);
    },
  });
  const packed = rig.release("v1", { hello: "" }, { activate: "true" });
  const target = packed.release.name;
  const claim = (sequence: number) => ({ claim: { generation: 1, run: "run1", sequence } });
  const [how, process] = [{ type: "http", url, status: undefined } as const, { type: "folder" } as const];
  const health = { check: { how, within: 1, for: 1, proof: "none" }, process } as const;
  const program = { check: { ...health.check, how: { type: "exec", run: "true" } }, process } as const;
  const rows: readonly (readonly [Operation, Used])[] = [
    [{ type: "observe" }, one],
    [{ type: "observe", health }, oneAndAConnection],
    [{ type: "fence", rollout: "r", expect: "0..0.0.idle", holder: "me", ...claim(1) }, one],
    [{ type: "place", ...packed, ...claim(2) }, one],
    [{ type: "place", ...packed, ...claim(3) }, one],
    [{ type: "arm", rollout: "r", attempt: 1, target, from: "", lease: 60, ...claim(4) }, one],
    [{ type: "switch", attempt: 1, ...claim(5) }, one],
    [{ type: "activate", attempt: 1, ...claim(6) }, one],
    [{ type: "check", ...health }, oneAndAConnection],
    [{ type: "check", ...program }, one],
    [{ type: "observe", health: program }, one],
    [{ type: "processes", process }, one],
    [
      { type: "get", url, within: 20_000, cap: 100 },
      { programs: 0, connections: 1 },
    ],
    [{ type: "execute", run: "true", within: 20_000 }, one],
    [{ type: "beat", generation: 1, run: "run1", text: "x" }, one],
    [{ type: "confirm", rollout: "r", attempt: 1, ...claim(7) }, one],
    [{ type: "prove", target, ...claim(8) }, one],
    [{ type: "revert", attempt: 2, to: "", ...claim(9) }, one],
    [{ type: "close", rollout: "r", page: "{}", over: true, keep: 5, ...claim(10) }, one],
  ];
  for (const [operation, allowed] of rows) {
    Object.assign(used, { programs: 0, connections: 0 });
    const answer = await rig.ask(operation);
    expect(["lost", "failed", "unreachable"], `${operation.type}: ${JSON.stringify(answer)}`).not.toContain(
      answer.type,
    );
    expect(used, operation.type).toEqual(allowed);
  }
  server.close();
  await rig.close();
});
