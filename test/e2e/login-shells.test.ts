import { createServer } from "node:http";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Hosts, Operation, Order } from "../../src/core/host.ts";
import { createHosts } from "../../src/host/perform.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { createRig, type Rig } from "../host/rig.ts";
import { isThere } from "../machine.ts";
import { canMakeLogins, type Login, type Logins, openLogins } from "./login-shells.ts";
import { hasOpenSsh } from "./openssh-server.ts";

const shells: Readonly<Record<string, Login>> = {
  dash: { shell: "/bin/dash" },
  fish: { shell: "/usr/bin/fish" },
  csh: { shell: "/bin/tcsh", files: { ".cshrc": "echo 'a word of csh'\nalias rm 'rm -i'\n" } },
  talks: { shell: "/bin/bash", files: { ".bashrc": "echo welcome; echo to this machine >&2; cat /etc/hostname\n" } },
  sleeps: { shell: "/bin/bash", files: { ".bashrc": "sleep 2\n" } },
  reads: { shell: "/bin/bash", files: { ".bashrc": "set -o noclobber; export CDPATH=/tmp; alias ls='ls --color'\n" } },
};

const others: Readonly<Record<string, Login>> = {
  leaves: { shell: "/bin/bash", files: { ".bashrc": "exit 0\n" } },
  nobody: { shell: "/usr/sbin/nologin" },
};

let rig: Rig;

/** Asks one login of an sshd, orders in their turn. */
function asking(logins: Logins, name: string) {
  const transport = openSsh({ resolve: logins.resolve, concurrency: 4 });
  const hosts: Hosts = createHosts(transport);
  let sequence = 0;
  const ask = (operation: Operation): Promise<Answer> =>
    hosts.perform(logins.host(name), { component: "api", path: "api" }, operation);
  const order = (order: Order) => ask({ ...order, claim: { generation: 1, run: "run1", sequence: ++sequence } });
  return { ask, order, close: () => transport.close() };
}

describe.runIf(hasOpenSsh() && canMakeLogins())("a login whose shell", () => {
  let logins: Logins;
  beforeAll(async () => {
    rig = createRig("dash");
    logins = await openLogins({ ...shells, ...others });
  });
  afterAll(async () => {
    await logins.close();
    await rig.close();
  });

  test.each(Object.keys(shells).filter((name) => isThere(basename(shells[name]?.shell ?? ""))))(
    "%s: a release is brought, made live, started and confirmed there",
    async (name) => {
      const { ask, order, close } = asking(logins, name);
      const packed = rig.release("v1", { hello: "it's \\ here!\n" }, { activate: "cat hello >../../told" });
      const rollout = "r1";
      expect(await ask({ type: "observe" })).toMatchObject({ type: "observed", observation: { missingTools: [] } });
      const fence = { type: "fence", rollout, expect: "0..0.0.idle", holder: "it's !me" } as const;
      expect(await order(fence)).toMatchObject({ type: "done", record: { holder: "it's !me" } });
      expect(await order({ type: "place", ...packed })).toMatchObject({ type: "done" });
      const target = packed.release.name;
      expect(await order({ type: "arm", rollout, attempt: 1, target, from: "", lease: 60 })).toMatchObject({
        type: "done",
      });
      expect(await order({ type: "switch", attempt: 1 })).toMatchObject({ type: "done" });
      expect(await order({ type: "activate", attempt: 1 })).toMatchObject({ type: "done" });
      expect(await order({ type: "confirm", rollout, attempt: 1 })).toMatchObject({ type: "done" });
      const told = await ask({ type: "execute", run: "cat ../../told", within: 20_000 });
      expect(told).toEqual({ type: "exited", code: 0, stdout: "it's \\ here!\n" });
      await close();
    },
  );

  test.each([
    ["leaves", "no answer: the host's shell ended with code 0"],
    ["nobody", "no answer: the host's shell ended with code 1"],
  ])("%s before it runs anything: no answer, and never a success", async (name, reason) => {
    const { ask, close } = asking(logins, name);
    expect(await ask({ type: "observe" })).toMatchObject({ type: "lost", reason: expect.stringContaining(reason) });
    await close();
  });
});

describe.runIf(hasOpenSsh() && canMakeLogins())("a host that lacks", () => {
  test.each(["flock", "setsid"])("%s says so, and takes no order that needs it", async (tool) => {
    const bare = await openLogins({ dash: { shell: "/bin/dash" } }, { hidden: [tool] });
    const { ask, close } = asking(bare, "dash");
    expect(await ask({ type: "observe" })).toMatchObject({ type: "observed", observation: { missingTools: [tool] } });
    const [commands, process] = [[], { type: "folder" } as const];
    expect(await ask({ type: "inspect", commands, process })).toMatchObject({ type: "inspected" });
    await close();
    await bare.close();
  });
});

describe.runIf(hasOpenSsh() && canMakeLogins())("a hardened server", () => {
  test.each(["AllowTcpForwarding no", "DisableForwarding yes"])(
    "with %s is asked through its own programs",
    async (line) => {
      const server = createServer((_request, response) => response.end("version v1"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
      const hardened = await openLogins({ dash: { shell: "/bin/dash" } }, { lines: [line] });
      const { ask, close } = asking(hardened, "dash");
      expect(await ask({ type: "get", url, within: 20_000, cap: 100 })).toEqual({
        type: "body",
        status: 200,
        body: "version v1",
      });
      const check = { how: { type: "http", url, status: undefined }, within: 1, for: 1, proof: "none" } as const;
      expect(await ask({ type: "check", check, process: { type: "folder" } })).toMatchObject({
        type: "health",
        healthy: true,
      });
      await close();
      await hardened.close();
      server.close();
    },
  );
});
