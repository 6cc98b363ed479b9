import { spawnSync } from "node:child_process";
import { existsSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Answer, blank, token } from "../../src/core/host.ts";
import { canHide, without } from "./hidden.ts";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must, type Packed, type Rig } from "./rig.ts";

const { make, closeAll } = keepRigs();
const servers: (() => void)[] = [];
afterEach(async () => {
  for (const close of servers.splice(0)) close();
  await closeAll();
});

const fence = { type: "fence", rollout: "r", expect: token(blank), holder: "me" } as const;
const incoming = (here: Rig) => readdirSync(join(here.path, ".ship/incoming"));
const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

async function came(answering: Promise<Answer>) {
  const answer = await answering;
  if (answer.type !== "done") throw new Error(`not done: ${JSON.stringify(answer)}`);
  return answer.came;
}

/** A web server on loopback; its address. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return `http://127.0.0.1:${address.port}`;
}

const bytesOf = (packed: Packed) => readFileSync(packed.archive);
const by = (url: string, headers: Readonly<Record<string, string>> = {}) => ({
  from: { by: "url" as const, url, headers },
});

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("the archive is sent once, and not a byte of it where the release is there (pitfalls 19, 20)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(100_000) });
    expect(await came(here.order({ type: "place", ...packed }))).toEqual({ from: "here", bytes: packed.size });
    expect(here.uplink.sent()).toBe(packed.size);
    expect(await came(here.order({ type: "place", ...packed }))).toEqual({ from: "there", bytes: 0 });
    expect(here.uplink.sent()).toBe(packed.size);
    expect(incoming(here)).toEqual([]);
  });

  test("where a release was damaged meanwhile it is sent anew, and its archive does not stay", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    await must(here.order({ type: "place", ...packed }));
    writeFileSync(join(here.path, "releases", packed.release.name, "file"), "y");
    // A login starts in its home, so that is where what has a wrong path would lie.
    const lying = () =>
      [here.transport.home(here.host), join(here.path, "releases")].map((folder) => readdirSync(folder));
    const before = lying();
    expect(await came(here.order({ type: "place", ...packed }))).toEqual({ from: "here", bytes: packed.size });
    expect(incoming(here)).toEqual([]);
    expect(lying()).toEqual(before);
    expect(readFileSync(join(here.path, "releases", packed.release.name, "file"), "utf8")).toBe("x");
  });

  test("what a login shell prints is not taken for the host's asking", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    here.transport.faults = { noise: "printf '\\nship 0 send\\nship  send\\n'" };
    expect(await came(here.order({ type: "place", ...packed }))).toEqual({ from: "here", bytes: packed.size });
  });

  test("an archive that came whole and was not unpacked is used by the next run; half of one is removed", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(3000) });
    const folder = join(here.path, ".ship/incoming");
    linkSync(packed.archive, join(folder, `${packed.sha256}.tar.gz`));
    writeFileSync(join(folder, "half"), bytesOf(packed).subarray(0, 100));
    const seen = await here.observe();
    const claim = { generation: 2, run: "run2", sequence: 1 };
    await must(here.ask({ ...fence, expect: token(seen.record), claim }));
    expect(incoming(here)).toEqual([`${packed.sha256}.tar.gz`]);
    const order = { type: "place", ...packed, claim: { ...claim, sequence: 2 } } as const;
    expect(await came(here.ask(order))).toEqual({ from: "kept", bytes: 0 });
    expect([here.uplink.sent(), incoming(here)]).toEqual([0, []]);
  });

  test("an archive that shrinks while it is sent ends in a refusal, and one that grows is cut (pitfall 18)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(3000) });
    const refused = await here.order({ type: "place", ...packed, size: packed.size + 1 });
    expect(refused).toMatchObject({ type: "refused", cause: "bytes", detail: expect.stringContaining("bytes came") });
    writeFileSync(packed.archive, Buffer.concat([bytesOf(packed), Buffer.alloc(5_000_000)]));
    expect(await came(here.order({ type: "place", ...packed }))).toEqual({ from: "here", bytes: packed.size });
    expect(incoming(here)).toEqual([]);
  });

  test("a host that gives up in the middle of what is sent is heard at once (pitfall 10)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    writeFileSync(packed.archive, Buffer.alloc(50_000_000));
    const answer = await here.order({ type: "place", ...packed });
    expect(answer).toMatchObject({ type: "refused", cause: "bytes" });
    expect(here.uplink.sent()).toBeLessThan(20_000_000);
  });

  test("what may be secret is readable by the login user alone from the first byte on (pitfall 17)", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    await must(here.order({ type: "place", ...packed, env: { TOKEN: "secret" } }));
    expect(statSync(join(here.path, "releases", `${packed.release.name}.env`)).mode & 0o777).toBe(0o600);
    expect(statSync(join(here.path, ".ship")).mode & 0o777).toBe(0o700);
  });

  test("one that the disk damaged, or that is of other bytes, is not used", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(3000) });
    const folder = join(here.path, ".ship/incoming");
    for (const damaged of [bytesOf(packed).fill(0, 20, 21), bytesOf(packed).subarray(1)])
      writeFileSync(join(folder, `${packed.sha256}.tar.gz`), damaged);
    writeFileSync(join(folder, "0000.tar.gz"), "another's");
    expect(await came(here.order({ type: "place", ...packed }))).toEqual({ from: "here", bytes: packed.size });
    expect(incoming(here)).toEqual([]);
  });

  test("an archive that is to be passed on stays until the rollout leaves its page", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x" });
    await must(here.order({ type: "place", ...packed, keepsArchive: true }));
    expect(incoming(here)).toEqual([`${packed.sha256}.tar.gz`]);
    expect(readFileSync(join(here.path, ".ship/incoming", incoming(here)[0] ?? ""))).toEqual(bytesOf(packed));
    await must(here.order({ type: "close", rollout: "r", page: "{}", over: true }));
    expect(incoming(here)).toEqual([]);
  });

  test.skipIf(!has("curl") && !has("wget"))("a host fetches by itself, and nothing is sent from here", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(100_000) });
    const url = await serve((_, response) => response.end(bytesOf(packed)));
    const answer = await came(here.order({ type: "place", ...packed, ...by(`${url}/api.tar.gz`) }));
    expect(answer).toEqual({ from: "url", bytes: packed.size });
    expect([here.uplink.sent(), incoming(here)]).toEqual([0, []]);
    expect(readFileSync(join(here.path, "releases", packed.release.name, "file"), "utf8")).toHaveLength(100_000);
  });

  test.skipIf(!has("curl"))("what cannot be fetched is sent from here, and the host says why", async () => {
    const here = make(shell);
    await must(here.order(fence));
    const packed = here.release("v1", { file: "x".repeat(1000) });
    const wrong: readonly (readonly [string, (request: IncomingMessage, response: ServerResponse) => void])[] = [
      ["the digest is not that of the artifact", (_, response) => response.end(bytesOf(packed).fill(1, 30, 40))],
      ["10 of", (_, response) => response.end(bytesOf(packed).subarray(0, 10))],
      ["404", (_, response) => response.writeHead(404).end("no")],
      ["curl ended with code", (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end()],
      ["curl ended with code", (_, response) => response.writeHead(200, { "content-length": "9000" }).destroy()],
      ["more than|code 63", (_, response) => response.end(Buffer.concat([bytesOf(packed), Buffer.alloc(900_000)]))],
      ["more than|code 63", (_, response) => endless(response)],
    ];
    for (const [why, answer] of wrong) {
      const again = here.release(
        "v1",
        { file: "x".repeat(1000) },
        { environment: String(wrong.length + Math.random()) },
      );
      const sent = here.uplink.sent();
      const bytes = { ...again, release: { ...again.release, manifest: { ...again.release.manifest, digest: "" } } };
      const how = await came(here.order({ type: "place", ...bytes, ...by(await serve(answer)) }));
      expect(how).toMatchObject({ from: "here", bytes: again.size, instead: expect.stringMatching(why) });
      expect(here.uplink.sent() - sent).toBe(again.size);
    }
    expect(incoming(here)).toEqual([]);
  });

  test.skipIf(!has("curl"))(
    "no other user of the host sees credentials, and no redirect takes them along",
    async () => {
      const here = make(shell);
      await must(here.order(fence));
      const packed = here.release("v1", { file: "x" });
      const arguments_: string[] = [];
      const headers: (string | undefined)[] = [];
      const elsewhere: string[] = [];
      const other = await serve((request, response) => {
        elsewhere.push(JSON.stringify(request.headers));
        response.end(bytesOf(packed));
      });
      const url = await serve((request, response) => {
        headers.push(request.headers["x-token"]?.toString(), request.headers.authorization);
        for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) arguments_.push(commandLine(pid));
        if (request.url === "/moved") response.writeHead(302, { location: `${other}/x` }).end();
        else response.end(bytesOf(packed));
      });
      const secret = { "X-Token": 'hidden-1 "\\ with quotes' };
      const place = { type: "place", ...packed } as const;
      expect(await came(here.order({ ...place, ...by(`${url}/moved`, secret) }))).toMatchObject({ from: "here" });
      const whole = url.replace("//", "//user:hidden-2@");
      const second = here.release("v2", { file: "y" });
      const how = await came(here.order({ type: "place", ...second, ...by(`${whole}/x?sig=hidden-3`) }));
      expect(how).toMatchObject({ from: "here", instead: expect.stringMatching(/bytes came|digest|code 63/) });
      expect(headers).toContain('hidden-1 "\\ with quotes');
      expect(headers).toContain(`Basic ${Buffer.from("user:hidden-2").toString("base64")}`);
      expect(elsewhere).toEqual([]);
      expect(arguments_.some((line) => line.includes("curl"))).toBe(true);
      expect(arguments_.filter((line) => line.includes("hidden-"))).toEqual([]);
    },
  );
});

test.runIf(canHide)("a host with nothing to fetch with says so, and that it did not try", async () => {
  const here = make("dash");
  here.transport.faults = { enter: without(["curl", "wget"]) };
  await must(here.order(fence));
  const packed = here.release("v1", { file: "x" });
  const instead = "it has neither curl nor wget";
  const how = await came(here.order({ type: "place", ...packed, ...by("http://127.0.0.1:9/x") }));
  expect(how).toEqual({ from: "here", bytes: packed.size, instead, untried: true });
});

describe.each([
  { program: "curl", hidden: [] },
  { program: "wget", hidden: ["curl"] },
])("a host that fetches by $program from another", ({ program, hidden }) => {
  const can = has(program) && (hidden.length === 0 || canHide);
  const relay = (url: string) => ({ from: { by: "relay" as const, url, headers: {} } });

  async function fenced() {
    const here = make("dash");
    if (hidden.length > 0) here.transport.faults = { enter: without(hidden) };
    await must(here.order(fence));
    return here;
  }

  test.runIf(can)("is led nowhere else, and says so", async () => {
    const here = await fenced();
    const packed = here.release("v1", { file: "x" });
    let asked = 0;
    const elsewhere = await serve((_, response) => {
      asked += 1;
      response.end(bytesOf(packed));
    });
    const url = await serve((_, response) => response.writeHead(302, { location: `${elsewhere}/x` }).end());
    const how = await came(here.order({ type: "place", ...packed, ...relay(`${url}/x`) }));
    expect(how).toMatchObject({ from: "here", instead: expect.stringContaining(`${program} ended with code`) });
    expect(asked).toBe(0);
  });

  test.runIf(can)("does as ship says, and not as files in its home or its environment do", async () => {
    const here = await fenced();
    const packed = here.release("v1", { file: "x" });
    let asked = 0;
    const proxy = await serve((_, response) => {
      asked += 1;
      response.writeHead(502).end();
    });
    const home = here.transport.home(here.host);
    writeFileSync(join(home, ".wgetrc"), `use_proxy = on\nhttp_proxy = ${proxy}\nheader = X-Own: 1\n`);
    writeFileSync(join(home, ".curlrc"), `proxy = ${proxy}\nheader = "X-Own: 1"\n`);
    const { enter = [] } = here.transport.faults;
    here.transport.faults = { enter: ["env", `http_proxy=${proxy}`, ...enter] };
    const own: unknown[] = [];
    const url = await serve((request, response) => {
      own.push(request.headers["x-own"]);
      response.end(bytesOf(packed));
    });
    const how = await came(here.order({ type: "place", ...packed, ...relay(`${url}/x`) }));
    expect({ how, asked, own }).toEqual({ how: { from: "relay", bytes: packed.size }, asked: 0, own: [undefined] });
  });
});

function commandLine(pid: string): string {
  const path = `/proc/${pid}/cmdline`;
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch {
    return "";
  }
}

/** Without a length, and without an end. */
function endless(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.on("drain", more);
  more();
}
