import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listen } from "../ssh/server.ts";
import { openPlace, type Place, said } from "./ship.ts";

const slow = 400_000;

/** What a shell, a path, an option, a log or a reader would take for something else. */
const hostile = ["v408;id", "../x", "-rf", "v408\nx", "\u202ev408\u001b[2J", "x".repeat(129)];

describe("a name that is no name", { timeout: slow }, () => {
  let server: Server;
  let place: Place;
  let port = 0;
  let connected = 0;

  beforeAll(async () => {
    server = createServer((socket) => {
      connected += 1;
      socket.on("error", () => undefined).destroy();
    });
    port = await listen(server);
    place = openPlace({ "versions/v408/app": "x\n" });
  });
  beforeEach(() => {
    connected = 0;
    write("api", {});
  });
  afterAll(async () => {
    await place.close();
    server.close();
  });

  function write(component: string, env: Readonly<Record<string, string>>): void {
    const lines = [
      "source: { type: dir, path: 'versions/{version}' }",
      "path: srv/api",
      "activate: 'true'",
      "healthy: { type: tcp, port: 1 }",
      `env: ${JSON.stringify(env)}`,
    ];
    const body = lines.map((line) => `    ${line}\n`).join("");
    place.write("ship.config.yaml", `ssh: { user: nobody }\ncomponents:\n  ${JSON.stringify(component)}:\n${body}`);
    place.write("cohorts/all.yaml", `hosts: [{ host: here, address: 127.0.0.1, port: ${port} }]\n`);
  }

  test("with good names the host is asked, so that silence says something", async () => {
    const ended = await place.ship(["--version", "v408"]);
    expect(connected, said(ended)).toBeGreaterThan(0);
  });

  test.each(hostile)("S11: as a version, %j is refused before any socket (cell 1)", async (version) => {
    const ended = await place.ship([`--version=${version}`]);
    expect(ended.exit, said(ended)).toBe(2);
    expect(said(ended)).toMatch(/cannot be the name of a version|has no version/);
    expect(said(ended)).not.toMatch(/[\u0000-\u0009\u001b\u202e]/);
    expect(connected).toBe(0);
  });

  test.each(hostile.slice(0, 4))("S11: as a component, %j is refused before any socket (cell 1)", async (name) => {
    write(name, {});
    const ended = await place.ship(["--version=v408", "-c", name]);
    expect(ended.exit, said(ended)).toBe(2);
    expect(said(ended)).toContain("this cannot be a name");
    expect(connected).toBe(0);
  });

  test.each(["A;id", "A\nB"])(
    "S11: as a variable of the environment, %j is refused before any socket (cell 1)",
    async (name) => {
      write("api", { [name]: "x" });
      const ended = await place.ship(["--version=v408"]);
      expect(ended.exit, said(ended)).toBe(2);
      expect(said(ended)).toContain("this cannot be a variable");
      expect(connected).toBe(0);
    },
  );

  test.each(["a;b", "\u202ea"])("S11: as a cohort, %j is refused before any socket (cell 1)", async (name) => {
    place.write(`cohorts/${name}.yaml`, "hosts: [other]\n");
    const ended = await place.ship(["--version=v408"]);
    await place.shell(`rm -f cohorts/*; ls cohorts`);
    expect(ended.exit, said(ended)).toBe(2);
    expect(said(ended)).toContain("cannot be a cohort's");
    expect(said(ended)).not.toContain("\u202e");
    expect(connected).toBe(0);
  });

  test.each(["-oProxyCommand=id", "a;b\u202e"])(
    "S11: as a host, %j is refused before any socket (cell 1)",
    async (name) => {
      place.write(
        "cohorts/all.yaml",
        `hosts: [{ host: ${JSON.stringify(name)}, address: 127.0.0.1, port: ${port} }]\n`,
      );
      const ended = await place.ship(["--version=v408"]);
      expect(ended.exit, said(ended)).toBe(2);
      expect(said(ended)).not.toContain("\u202e");
      expect(connected).toBe(0);
    },
  );
});
