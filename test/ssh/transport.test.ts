import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { openSsh } from "../../src/ssh/transport.ts";
import { type By, bySystem, hasSsh } from "./by-system.ts";
import { conforms } from "./conformance.ts";
import { startServer, type TestServer, type TestServerSettings } from "./server.ts";

conforms("a server in this process", "ssh2", startServer);
describe.skipIf(!hasSsh())("where there is an ssh", () => {
  conforms("a server in this process", "openssh", startServer);
});

describe.each<By>(hasSsh() ? ["ssh2", "openssh"] : ["ssh2"])("by %s to servers with ways of their own", (by) => {
  const system = bySystem();
  afterAll(system.end);
  /** Each is a process by the system's ssh. */
  const hosts = by === "openssh" ? 16 : 60;
  const way = (server: TestServer) => (by === "openssh" ? system.take(server.target) : server.target);

  /** One command on each of many hosts that are all this server. */
  async function runOnAll(server: TestServer, hosts: number) {
    const patience = { tries: 8, pause: 20 };
    const transport = openSsh({ resolve: async () => way(server), concurrency: 64, patience });
    const command = { line: "true", stdin: [], within: 20_000, cap: 1000 };
    const names = Array.from({ length: hosts }, (_, index) => ({ ...server.host, name: `h${index}` }));
    const rans = await Promise.all(names.map((host) => transport.run(host, command)));
    await transport.close();
    return rans.map((ran) => ran.exit);
  }

  async function runAll(server: TestServer, times: number, line: string) {
    const patience = { tries: 8, pause: 1 };
    const transport = openSsh({ resolve: async () => way(server), concurrency: 4, patience });
    const command = { line, stdin: [], within: 20_000, cap: 1000 };
    const rans = await Promise.all(Array.from({ length: times }, () => transport.run(server.host, command)));
    await transport.close();
    return rans.map((ran) => ran.exit);
  }

  test("one that allows fewer sessions than most still runs everything", async () => {
    await using(
      async (server) => {
        const ends = await runAll(server, 6, "sleep 0.1; exit 2");
        expect(ends).toEqual(Array.from({ length: 6 }, () => ({ type: "exited", code: 2 })));
        expect(server.counts.connected).toBe(1);
      },
      { maxSessions: 2 },
    );
  });

  test("one that allows no session at all: nothing was sent", async () => {
    await using(
      async (server) => {
        const [end] = await runAll(server, 1, "true");
        expect(end).toMatchObject({ type: "unsent", reason: "the server allows no further session" });
      },
      { maxSessions: 0 },
    );
  });

  test("one that was too busy is asked again, for a while", async () => {
    await using(
      async (server) => {
        expect(await runAll(server, 1, "true")).toEqual([{ type: "exited", code: 0 }]);
        expect(server.counts.connected).toBe(6);
      },
      { turnAway: 5 },
    );
    await using(
      async (server) => {
        expect(await runAll(server, 1, "true")).toMatchObject([{ type: "unsent", cause: "unreachable" }]);
        expect(server.counts.connected).toBe(8);
      },
      { turnAway: 99 },
    );
  });

  test("one that turns away whoever is too many hardly ever has to, and of many hosts none is lost (pitfall 13)", async () => {
    await using(
      async (server) => {
        const ends = await runOnAll(server, hosts);
        expect(ends.filter(({ type }) => type !== "exited")).toEqual([]);
        expect(server.counts.ready).toBe(hosts);
        expect(server.counts.connected).toBeLessThan(hosts + 5);
      },
      { maxStartups: 10 },
    );
  });

  test("one that takes fewer than others is met with fewer, and of many hosts none is lost", async () => {
    await using(
      async (server) => {
        const ends = await runOnAll(server, hosts);
        expect(ends.filter(({ type }) => type !== "exited")).toEqual([]);
        expect(server.counts.connected).toBeGreaterThan(hosts);
      },
      { maxStartups: 2 },
    );
  });

  test("one that opens no session in time: lost, long before the command's own time is over", async () => {
    await using(
      async (server) => {
        const transport = openSsh({ resolve: async () => server.target, concurrency: 1, connectWithin: 5000 });
        const ran = await transport.run(server.host, { line: "true", stdin: [], within: 600_000, cap: 10 });
        await transport.close();
        expect(ran.exit).toEqual({ type: "lost", reason: "the session did not open in time" });
      },
      { holdSessions: true },
    );
  });

  test("one whose login shell hangs: lost, long before the command's own time is over; a long program is not", async () => {
    await using(async (server) => {
      const transport = openSsh({ resolve: async () => server.target, concurrency: 1 });
      const running = (line: string, greetsWithin: number) =>
        transport.run(server.host, { line, stdin: [], within: 600_000, cap: 10, greetsWithin });
      expect((await running("sleep 60", 500)).exit).toEqual({
        ...{ type: "lost", reason: "the login shell said nothing within 0.5 s" },
      });
      expect((await running("echo; sleep 4; exit 4", 3000)).exit).toEqual({ type: "exited", code: 4 });
      await transport.close();
    });
  });

  test("no connection has more than eight sessions at once (pitfall 11)", async () => {
    await using(async (server) => {
      await runAll(server, 20, "sleep 0.1");
      expect(server.counts).toMatchObject({ connected: 1, sessions: 20, sessionsMost: 8 });
    });
  });

  test("one that does not say how a command ended: lost, and never a success (pitfall 2)", async () => {
    await using(
      async (server) => {
        const [end] = await runAll(server, 1, "true");
        expect(end).toEqual({ type: "lost", reason: "the session closed without an exit status" });
      },
      { silentExit: true },
    );
  });

  test("a lookup that is still going on when ship closes connects nowhere", async () => {
    await using(async (server) => {
      const resolve = async () => {
        await sleep(200);
        return way(server);
      };
      const transport = openSsh({ resolve, concurrency: 4 });
      const running = transport.run(server.host, { line: "true", stdin: [], within: 20_000, cap: 10 });
      const closing = transport.close();
      expect((await running).exit).toMatchObject({ type: "unsent", reason: "ship has closed its connections" });
      await closing;
      expect(server.counts.connected).toBe(0);
    });
  });

  test("many commands share one connection", async () => {
    await using(async (server) => {
      await runAll(server, 12, "true");
      expect(server.counts).toMatchObject({ connected: 1, ready: 1 });
    });
  });
});

async function using(body: (server: TestServer) => Promise<void>, settings: TestServerSettings = {}): Promise<void> {
  const server = await startServer(settings);
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}
