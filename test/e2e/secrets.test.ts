import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formsOf } from "../../src/config/secret-forms.ts";
import { smallFleet } from "./fleet.ts";
import { type Ended, openPlace, type Place, said } from "./ship.ts";

const slow = 400_000;

/** Canaries: from the environment, with what every quoting escapes; as a header of a server; as a password of an address. */
const fromEnvironment = `c4nary 'one"/+=\\ü`;
const asHeader = "Bearer c4nary-two";
const asPassword = "c4nary:three";
const canaries = [fromEnvironment, asHeader, asPassword];
const env = { TOKEN: fromEnvironment };

/** All ways in which a canary might stand somewhere, without those so short that they could be there by chance. */
const forms = formsOf(canaries).filter((form) => form.length > 6);

let metrics: Server;
let place: Place;
const outputs = new Map<string, Ended>();

beforeAll(async () => {
  metrics = createServer((request, response) => {
    const { authorization = "" } = request.headers;
    const error = `denied: ${authorization} ${Buffer.from(asHeader).toString("base64")} ${encodeURIComponent(asPassword)}`;
    response.writeHead(503).end(JSON.stringify({ status: "error", errorType: "x", error }));
  });
  await new Promise<void>((done) => metrics.listen(0, "127.0.0.1", done));
  const address = metrics.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  place = openPlace(fleetOf(address.port));
  await everything();
}, slow);
afterAll(async () => {
  await place.close();
  metrics.close();
}, slow);

/** A service that tells its secret in every spelling that it knows; v410 does not start. */
function fleetOf(port: number): Record<string, string> {
  const tell = [
    'echo "token: $TOKEN"',
    'printf %s "$TOKEN" | base64 -w 0',
    'printf %s "user:$TOKEN" | base64 -w 0',
    `echo '${encodeURIComponent(fromEnvironment).replaceAll("'", "%27")}'`,
    '[ "$SHIP_VERSION" != v410 ] && ./bin/restart',
  ].join("; ");
  const url = `http://me:${encodeURIComponent(asPassword)}@127.0.0.1:${port}`;
  const lines = {
    env: '{ TOKEN: "$' + '{TOKEN}" }',
    activate: JSON.stringify(tell),
    metrics: `{ errors: { from: prometheus, query: "up" } }`,
    assertions: "[{ assert: fleet.errors < 5, observe_only: true }]",
  };
  const top = `prometheus: { url: "${url}", headers: { X-Token: "${asHeader}", Authorization: "${asHeader}" } }\n`;
  return smallFleet({ hosts: 2, bake: "4s", lines, top });
}

async function everything(): Promise<void> {
  const run = async (name: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    outputs.set(name, await place.ship(args, { env: { ...env, ...more } }));
  };
  await run("up", ["sandbox", "up"]);
  await run("plan", ["plan", "--version", "v408", "--out", "plan.json"]);
  await run("plan --json", ["plan", "--version", "v408", "--json"]);
  await run("apply", ["apply", "plan.json", "-v"]);
  const summary = join(place.folder, "summary.md");
  await run("bad", ["--version", "v410", "-v", "--output", "github"], { GITHUB_STEP_SUMMARY: summary });
  await run("bad --json", ["--version", "v410", "--json", "--retry-bad", "--reason", "again"]);
  for (const command of ["status", "check", "why", "log", "doctor"]) {
    await run(command, [command]);
    await run(`${command} --json`, [command, "--json"]);
  }
  await run("elsewhere", ["why", "--config", elsewhere()], { SHIP_SANDBOX: join(place.folder, ".ship/sandbox") });
  const config = join(place.folder, "ship.config.yaml");
  const good = readFileSync(config, "utf8");
  writeFileSync(config, good.replace(/prometheus: \{/, "prometheus: { tiemout: 5s,"));
  await run("mistake", ["plan", "--version", "v408"]);
  writeFileSync(config, good);
}

/** The config in another folder, where no journal lies. */
function elsewhere(): string {
  const folder = join(place.folder, "../elsewhere");
  mkdirSync(folder, { recursive: true });
  for (const name of ["ship.config.yaml", "cohorts"])
    cpSync(join(place.folder, name), join(folder, name), { recursive: true });
  return join(folder, "ship.config.yaml");
}

function leaksIn(text: string): readonly string[] {
  return forms.filter((form) => text.includes(form));
}

function filesUnder(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path) && statSync(path).isFile());
}

test("S27, S28: the runs went as they should, and saw what they must not tell", () => {
  const ends = ["up", "plan", "apply", "bad", "status", "why", "log"].map((name) => outputs.get(name)?.exit);
  expect(ends, [...outputs].map(([name, ended]) => `${name}: ${said(ended)}`).join("\n")).toEqual([
    0, 0, 0, 3, 0, 0, 0,
  ]);
  expect(outputs.get("mistake")?.exit).toBe(2);
  expect(outputs.get("bad")?.stdout).toContain("token: ***");
  expect(outputs.get("bad")?.stdout.match(/\*\*\*/g)?.length).toBeGreaterThan(2);
  expect(outputs.get("check")?.stdout).toContain("denied: ***");
  expect(outputs.get("elsewhere")?.stdout).toContain("v410");
});

test("S28: no output of any command holds a secret, in any of its forms", () => {
  for (const [name, ended] of outputs) expect([name, leaksIn(said(ended))]).toEqual([name, []]);
});

test("S27, S28, S29: no file that ship keeps here holds one, and others cannot read them", () => {
  const kept = [join(place.folder, "plan.json"), ...filesUnder(join(place.folder, ".ship/rollouts"))];
  expect(kept.length).toBeGreaterThan(2);
  for (const file of kept) {
    expect([file, leaksIn(readFileSync(file, "utf8"))]).toEqual([file, []]);
    expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
  }
  expect(statSync(join(place.folder, ".ship/rollouts")).mode & 0o077).toBe(0);
  expect(leaksIn(readFileSync(join(place.folder, "summary.md"), "utf8"))).toEqual([]);
});

test("S27: on a host it is in the release's environment, which its owner alone reads, and in what the service itself wrote", () => {
  const home = join(place.folder, ".ship/sandbox/hosts/h1/api");
  const holding = filesUnder(home).filter((file) => leaksIn(readFileSync(file, "utf8")).length > 0);
  const names = holding.map((file) => file.slice(home.length + 1));
  expect(names.filter((name) => /^releases\/v\d+-[0-9a-f]{8}\.env$/.test(name)).length).toBeGreaterThan(0);
  expect(names.filter((name) => !/^(releases\/[^/]+\.env|\.ship\/jobs\/.*\.log)$/.test(name))).toEqual([]);
  for (const file of holding.filter((name) => name.endsWith(".env"))) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, ".ship")).mode & 0o077).toBe(0);
  expect(filesUnder(join(home, ".ship/pages")).length).toBeGreaterThan(0);
});
