import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen } from "../ssh/server.ts";
import { type OpenSshFleet, openFleet } from "./openssh-fleet.ts";
import { freePort, hasOpenSsh } from "./openssh-server.ts";

/** A service that answers over HTTP on its host's loopback: health with its version, and a page of numbers. */
const service = (port: number, slow: number) => `import { readFileSync } from "node:fs";
import { createServer } from "node:http";
const version = readFileSync("VERSION", "utf8").trim();
const page = () => {
  const all = Math.floor(process.uptime() * 100);
  const fast = all - Math.floor(all * ${slow});
  const buckets = [["0.02", fast], ["0.05", fast], ["0.25", all], ["+Inf", all]];
  const lines = buckets.map(([le, count]) => 'http_request_seconds_bucket{le="' + le + '"} ' + count);
  return [...lines, "connections_active 25", ""].join("\\n");
};
const answers = { "/health": () => JSON.stringify({ version }), "/metrics": page };
createServer((request, response) => response.end(answers[request.url]?.())).listen(${port}, "127.0.0.1");
`;

const restart = `#!/bin/sh
./bin/stop
setsid "${process.execPath}" service.mjs </dev/null >/dev/null 2>&1 &
echo $! >"$HOME/serve.pid"
`;

/** Its end is waited for: until then the port is taken. */
const stop = `#!/bin/sh
read -r pid <"$HOME/serve.pid" && kill "$pid" || exit 0
while [ -e "/proc/$pid/cwd/" ]; do sleep 0.05; done
`;

describe.runIf(hasOpenSsh())("an HTTP service on an OpenSSH host", { timeout: 400_000 }, () => {
  let fleet: OpenSshFleet;
  let store: Server;
  let port: number;
  let storePort: number;
  beforeAll(async () => {
    port = await freePort();
    store = createServer((request, response) => {
      try {
        response.end(readFileSync(folder(`store${request.url}`)));
      } catch {
        response.writeHead(404).end();
      }
    });
    storePort = await listen(store);
    const page = `from: exposition, url: "http://127.0.0.1:${port}/metrics"`;
    fleet = await openFleet({
      hosts: 1,
      cohorts: { all: { hosts: 1, bake: "4s" } },
      lines: {
        healthy: `{ type: http, url: "http://127.0.0.1:${port}/health", within: 10s, for: 1s, proof: version }`,
        metrics: `
      p99_latency: { ${page}, quantile: 0.99, of: http_request_seconds, unit: ms }
      active_cons: { ${page}, gauge: connections_active }`,
        assertions: `
      - { assert: p99_latency < 50, every: 1s, min_events: 20, min_readings: 2 }
      - { assert: each.active_cons > 10, every: 1s, min_readings: 2 }`,
      },
    });
    mkdirSync(folder("store"));
  });
  afterAll(async () => {
    store.close();
    await fleet.close();
  });

  const folder = (name: string) => join(fleet.place.folder, name);
  const deploy = (version: string) => fleet.place.ship(["--component", "api", "--version", version]);
  const answering = async () => (await fetch(`http://127.0.0.1:${port}/health`)).json();

  function write(to: string, version: string, says = version, slow = 0): void {
    mkdirSync(join(to, "bin"), { recursive: true });
    writeFileSync(join(to, "VERSION"), `${says}\n`);
    writeFileSync(join(to, "service.mjs"), service(port, slow));
    writeFileSync(join(to, "bin/restart"), restart, { mode: 0o755 });
    writeFileSync(join(to, "bin/stop"), stop, { mode: 0o755 });
  }

  /** Puts a version's archive with its checksum on the web server. */
  function publish(version: string, says?: string, slow?: number): void {
    write(folder(`build/${version}`), version, says, slow);
    const archive = folder(`store/api-${version}.tar.gz`);
    execFileSync("tar", ["-czf", archive, "-C", folder(`build/${version}`), "."]);
    const sum = createHash("sha256").update(readFileSync(archive)).digest("hex");
    writeFileSync(`${archive}.sha256`, `${sum}  api-${version}.tar.gz\n`);
  }

  function fromStore(): void {
    const url = `http://127.0.0.1:${storePort}/api-{version}.tar.gz`;
    fleet.configure({ source: `{ type: http, url: "${url}", sha256: "{url}.sha256" }` });
  }

  test("an archive from a web server, checked by its checksum, is shipped and seen through SSH", async () => {
    fromStore();
    publish("1.0.0");
    const ended = await deploy("1.0.0");
    expect(ended).toMatchObject({ exit: 0, stderr: "" });
    expect(ended.stdout).toMatch(/p99_latency < 50 +\d/);
    expect(await answering()).toEqual({ version: "1.0.0" });
  });

  test("an archive that is not what its checksum says is refused, and nothing is touched (cell 39)", async () => {
    publish("1.0.1");
    appendFileSync(folder("store/api-1.0.1.tar.gz"), "more");
    const before = await fleet.everything();
    const ended = await deploy("1.0.1");
    expect(ended.exit).toBe(6);
    expect(ended.stdout + ended.stderr).toMatch(/not those that .*sha256 promises/);
    expect(await fleet.everything()).toEqual(before);
  });

  test.each([
    ["1.1.0", "names another version", "1.0.9", 0, /does not name 1\.1\.0/],
    ["1.2.0", "is slow", "1.2.0", 0.05, /p99_latency < 50 fails with \d+/],
  ] as const)("%s, which %s, is found out, and the host goes back", async (version, _how, says, slow, evidence) => {
    publish(version, says, slow);
    const ended = await deploy(version);
    expect(ended).toMatchObject({ exit: 3, stderr: "" });
    expect(ended.stdout).toMatch(evidence);
    expect(await answering()).toEqual({ version: "1.0.0" });
  });

  test("a tag of a git repository is shipped", async () => {
    const repo = folder("repo");
    write(repo, "2.0.0");
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", repo, "-c", "user.name=t", "-c", "user.email=t@localhost", ...args]);
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "-m", "The service");
    git("tag", "2.0.0");
    fleet.configure({ source: '{ type: git, repo: repo, ref: "{version}" }' });
    expect(await deploy("2.0.0")).toMatchObject({ exit: 0, stderr: "" });
    expect(await answering()).toEqual({ version: "2.0.0" });
  });

  test("a rollback needs neither the repository nor the web server (cell 79)", async () => {
    fleet.configure({ source: '{ type: git, repo: gone, ref: "{version}" }' });
    expect(await fleet.place.ship(["rollback", "-c", "api"])).toMatchObject({ exit: 0, stderr: "" });
    expect(await answering()).toEqual({ version: "1.0.0" });
  });
});
