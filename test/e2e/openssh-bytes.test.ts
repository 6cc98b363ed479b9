import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen } from "../ssh/server.ts";
import { type OpenSshFleet, openFleet } from "./openssh-fleet.ts";
import { hasOpenSsh } from "./openssh-server.ts";
import { type Ended, is, said } from "./ship.ts";

const names = ["h01", "h02", "h03", "h04", "h05", "h06", "h07", "h08"];
const size = 2_000_000;

/** How the bytes came, by host; and the most that was told to have left here. */
function bytesOf(ended: Ended) {
  const placed = ended.events.filter(is("host.placed"));
  const ways = placed.flatMap((event) => (event.type === "host.placed" && "from" in event ? [event.from] : []));
  const sent = ended.events.flatMap((event) => (event.type === "bytes.sent" ? [event.sent] : []));
  return { placed, ways: [...ways].sort(), sent: Math.max(0, ...sent) };
}

/** What listens at the addresses of these hosts, but for their sshd: other tests have servers on this machine as well. */
function listeners(hosts: readonly { readonly address: string; readonly port: number }[]): readonly string[] {
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  const open = lines.map((line) => line.trim().split(/\s+/)).filter((words) => words[3] === "0A");
  return open.flatMap(([, at = ""]) => (hosts.some((host) => isAt(at, host)) ? [at] : []));
}

/** `at` as the kernel writes it: address and port in hex, the address's bytes turned around. */
function isAt(at: string, { address, port }: { readonly address: string; readonly port: number }): boolean {
  const bytes = address.split(".").reverse();
  const hex = bytes.map((byte) => Number(byte).toString(16).padStart(2, "0")).join("");
  return at.startsWith(`${hex.toUpperCase()}:`) && Number.parseInt(at.slice(9), 16) !== port;
}

describe.runIf(hasOpenSsh())("two megabytes for eight OpenSSH hosts", { timeout: 400_000 }, () => {
  let fleet: OpenSshFleet;
  let store: Server;
  let url: string;
  const asked: string[] = [];
  beforeAll(async () => {
    store = createServer((request, response) => {
      asked.push(request.url ?? "");
      const path = join(fleet.place.folder, "store", request.url ?? "");
      if (existsSync(path) && statSync(path).isFile()) response.end(readFileSync(path));
      else response.writeHead(404).end();
    });
    const port = await listen(store);
    url = `http://127.0.0.1:${port}/api-{version}.tar.gz`;
    fleet = await openFleet({
      hosts: names.length,
      cohorts: { all: { hosts: names.length, bake: "8s" } },
      lines: { max_unavailable: '"100%"', assertions: "[]", metrics: "{}" },
    });
    mkdirSync(join(fleet.place.folder, "store"));
  }, 120_000);
  afterAll(async () => {
    store.close();
    await fleet.close();
  });

  function version(name: string): void {
    fleet.version(name);
    writeFileSync(join(fleet.place.folder, "versions", name, "bytes"), randomBytes(size));
  }
  const deploy = (name: string) => fleet.place.ship(["--version", name, "--now", "--reason", "test", "--json"]);
  const incoming = () =>
    names.flatMap((name) =>
      readdirSync(join(fleet.host(name).home, "api/.ship/incoming")).map((file) => `${name} ${file}`),
    );

  test("are sent to each from here", async () => {
    version("b1");
    const ended = await deploy("b1");
    expect(ended.exit, said(ended)).toBe(0);
    const { ways, placed } = bytesOf(ended);
    expect(ways).toEqual(Array(8).fill("here"));
    for (const event of placed) expect("bytes" in event && event.bytes).toBeGreaterThan(size);
    expect(incoming()).toEqual([]);
  });

  test("that are spread leave here three times, go on from host to host, and leave nothing that listens", async () => {
    fleet.configure({ spread: "true" });
    version("b2");
    const plan = await fleet.place.ship(["plan", "-c", "api", "--version", "b2"]);
    expect(said(plan)).toContain("sent from here to 3 hosts, passed on to 5");
    const ended = await deploy("b2");
    expect(ended.exit, said(ended)).toBe(0);
    const { ways, sent, placed } = bytesOf(ended);
    expect(ways).toEqual([...Array(3).fill("here"), ...Array(5).fill("relay")]);
    expect(sent).toBeLessThan(4 * size);
    for (const event of placed) if ("relay" in event) expect(names).toContain(event.relay);
    expect(fleet.serving()).toEqual(names.map((name) => `${name} b2`));
    await expect.poll(() => listeners(fleet.rig.hosts)).toEqual([]);
    expect(incoming()).toEqual([]);
  });

  function publish(name: string): string {
    version(name);
    const archive = join(fleet.place.folder, `store/api-${name}.tar.gz`);
    execFileSync("tar", ["-czf", archive, "-C", join(fleet.place.folder, "versions", name), "."]);
    const sum = createHash("sha256").update(readFileSync(archive)).digest("hex");
    writeFileSync(`${archive}.sha256`, `${sum}  api-${name}.tar.gz\n`);
    return archive;
  }
  const fetching = () =>
    fleet.configure({ fetch: "true", source: `{ type: http, url: "${url}", sha256: "{url}.sha256" }` });

  test("that hosts fetch do not leave here at all", async () => {
    fetching();
    publish("b4");
    asked.length = 0;
    const ended = await deploy("b4");
    expect(ended.exit, said(ended)).toBe(0);
    expect(bytesOf(ended)).toMatchObject({ ways: Array(8).fill("url"), sent: 0 });
    expect(asked.filter((path) => path === "/api-b4.tar.gz")).toHaveLength(9);
    expect(fleet.serving()).toEqual(names.map((name) => `${name} b4`));
  });

  test("that hosts cannot fetch are sent from here, and that is said in one line", async () => {
    fetching();
    const archive = publish("b5");
    // It is in this machine's cache after the plan, and other bytes lie at its address when the hosts come for it.
    const plan = await fleet.place.ship(["plan", "-c", "api", "--version", "b5"]);
    expect(plan.exit, said(plan)).toBe(0);
    expect(plan.stdout).toContain("fetched by 8 hosts");
    writeFileSync(archive, "other bytes");
    const ended = await fleet.place.ship(["--version", "b5", "--now", "--reason", "test"]);
    expect(ended.exit, said(ended)).toBe(0);
    const lines = ended.stdout.split("\n").filter((line) => line.includes("could not fetch"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/h0\d {2}\S+ MB sent from here, as it could not fetch them: \d+ of \d+ bytes came/);
    expect(fleet.serving()).toEqual(names.map((name) => `${name} b5`));
  });
});
