import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Rig, startOpenSsh } from "./openssh.ts";
import { hasOpenSsh } from "./openssh-server.ts";
import { openPlace, type Place, said } from "./ship.ts";

/** Two hosts behind two jump hosts, each a real sshd, and a person's home folder that knows the key of none. */
describe.skipIf(!hasOpenSsh())("ship doctor --trust", () => {
  let rig: Rig;
  let place: Place;
  let home: string;
  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 4 });
    const hosts = rig.hosts.slice(2).map(({ name }) => `{ host: ${name} }`);
    place = openPlace({ "ship.config.yaml": config, "cohorts/all.yaml": `hosts: [${hosts.join(", ")}]\n` });
    home = join(place.folder, "../home");
    mkdirSync(join(home, ".ssh"), { mode: 0o700 });
    writeFileSync(join(home, ".ssh/config"), sshConfig(rig));
  });
  afterAll(async () => {
    await place.close();
    await rig.stop();
  });

  const known = () => join(home, ".ssh/known_hosts");

  test("refuses where nobody can be asked, before it connects, and in CI on any terminal", async () => {
    const { exit, stderr } = await place.ship(["doctor", "--trust"]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("there is no terminal to ask on")]);
    const inCi = await onTerminal(["doctor", "--trust"], [], { CI: "true" });
    expect(inCi.screen).toContain("there is no terminal to ask on");
    expect(existsSync(known())).toBe(false);
  });

  test("writes nothing that was not confirmed", async () => {
    const { screen } = await onTerminal(["doctor", "--trust"], ["y"]);
    expect(screen).toContain("0 of 1 written");
    expect(existsSync(known())).toBe(false);
  });

  test("asks hop by hop, shows the fingerprints that the servers have, and writes the names hashed", async () => {
    const { screen, exit } = await onTerminal(["doctor", "--trust"], ["yes", "yes", "each", "yes", "no"]);
    const prints = rig.hosts.map(
      ({ name }) => keygen(["-lf", join(rig.root, "keys", `${name}.pub`)]).split(" ")[1] ?? "?",
    );
    for (const print of prints) expect(screen).toContain(print);
    expect(screen.indexOf(prints[0] ?? "")).toBeLessThan(screen.indexOf(prints[1] ?? ""));
    expect(screen.indexOf(prints[1] ?? "")).toBeLessThan(screen.indexOf(prints[2] ?? ""));
    expect(screen).toContain("1 of 2 written");
    expect(exit).toBe(9);
    const lines = readFileSync(known(), "utf8").trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.startsWith("|1|"))).toBe(true);
    expect(statSync(known()).mode & 0o777).toBe(0o600);
    const [bastion] = rig.hosts;
    expect(keygen(["-F", `[${bastion?.address}]:${bastion?.port}`, "-f", known()])).toContain("found: line 1");
  });

  test("asks only for what is left, and then all are reached", async () => {
    const { screen } = await onTerminal(["doctor", "--trust"], ["yes"]);
    expect(screen).toContain("1 host key not known yet");
    const { events } = await place.ship(["doctor", "--json"]);
    const looks = events.flatMap((event) => (event.type === "host.inspected" ? [event] : []));
    expect(looks.map(({ took }) => took !== null)).toEqual([true, true]);
    const ways = rig.hosts.map(({ address, port }) => `${rig.user}@${address}:${port}`);
    for (const [i, { route }] of looks.entries()) {
      expect(`${route?.user}@${route?.address}:${route?.port}`).toBe(ways[i + 2]);
      expect(route).toMatchObject({ transport: "ssh2", jumps: ways.slice(0, 2), login: rig.key });
      expect(route?.trusted?.where).toMatch(/known_hosts:[34]$/);
    }
    const { stdout } = await place.ship(["doctor", "--output", "plain"]);
    expect(stdout).toContain(
      `h[03-04]: as ${rig.user}, port ${rig.hosts[0]?.port}; through ${ways[0]}, then ${ways[1]}; ssh2`,
    );
  });

  test("never offers a changed key, and stops before the login", async () => {
    const lines = readFileSync(known(), "utf8").trim().split("\n");
    const swapped = lines.map((line, i) =>
      [line.split(" ")[0], ...(lines[(i + 1) % 4] ?? "").split(" ").slice(1)].join(" "),
    );
    writeFileSync(known(), `${swapped.join("\n")}\n`);
    const { screen } = await onTerminal(["doctor", "--trust"], []);
    expect(screen).not.toContain("Trust");
    expect(screen.replaceAll(/\s+/g, " ")).toMatch(/the jump host .* has changed: known is ssh-ed25519 SHA256/);
    expect(readFileSync(known(), "utf8")).toBe(`${swapped.join("\n")}\n`);
    place.write("versions/v1/file", "");
    const shipped = await place.ship(["-c", "api", "--version", "v1"]);
    expect(shipped.exit, said(shipped)).toBe(6);
  });

  /** What a person sees of a run of ship that gets these answers, each to a question. */
  function onTerminal(args: readonly string[], answers: readonly string[], env: Record<string, string> = {}) {
    const ship = join(place.folder, "../ship/bin/ship");
    const line = `stty cols 150; '${process.execPath}' '${ship}' ${args.join(" ")}; echo "exit $?"`;
    const child = spawn("/usr/bin/script", ["-qfec", line, "/dev/null"], {
      cwd: place.folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: home, TERM: "xterm", SHELL: "/bin/sh", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const left = [...answers];
    let screen = "";
    let seen = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      const next = screen.indexOf("Type yes", seen);
      const end = next < 0 ? -1 : screen.indexOf(": ", next);
      if (end < 0) return;
      seen = end;
      child.stdin.write(`${left.shift() ?? "no"}\n`);
    });
    return new Promise<{ screen: string; exit: number }>((resolve) => {
      child.on("close", () => resolve({ screen, exit: Number(/exit (\d+)/.exec(screen)?.[1] ?? Number.NaN) }));
    });
  }
});

const config = `components:
  api:
    source: { type: dir, path: "versions/{version}" }
    path: api
    activate: "true"
    healthy: { type: tcp, port: 8080, proof: none }
`;

function sshConfig({ hosts, user, key }: Rig): string {
  const jumps = ["none", "h01", "h02", "h02"];
  const entries = hosts.map(
    ({ name, address, port }, i) => `Host ${name}\n HostName ${address}\n Port ${port}\n ProxyJump ${jumps[i]}\n`,
  );
  const every = ` User ${user}\n IdentityFile ${key}\n IdentitiesOnly yes\n HashKnownHosts yes\n GlobalKnownHostsFile none\n`;
  return `${entries.join("")}Host *\n${every}`;
}

function keygen(args: readonly string[]): string {
  return execFileSync("ssh-keygen", args, { encoding: "utf8" });
}
