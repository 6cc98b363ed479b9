import { afterAll, beforeAll, expect, test } from "vitest";
import { openPlace, type Place, said } from "./ship.ts";

let place: Place;
beforeAll(() => {
  place = openPlace();
});
afterAll(() => place.close());

test("doctor on the sandbox: all well, a reboot is no matter there, and nothing is written for one", async () => {
  const { exit, events, stdout } = await place.ship(["doctor", "--json"]);
  expect(exit, stdout).toBe(0);
  const looks = events.flatMap((event) => (event.type === "host.inspected" ? [event] : []));
  expect(looks).toHaveLength(12);
  expect(new Set(looks.flatMap(({ findings }) => findings.map(({ finding, bad }) => `${finding} ${bad}`)))).toEqual(
    new Set(["reboot false"]),
  );
  expect(
    looks.every(
      ({ took, free, user, rebootSafe }) => took !== null && (free ?? 0) > 0 && user !== "" && rebootSafe === false,
    ),
  ).toBe(true);
  const fixed = await place.ship(["doctor", "--fix", "--reason", "it is to survive", "--json"]);
  expect(fixed.exit, said(fixed)).toBe(0);
  expect(fixed.events.filter(({ type }) => type === "host.rearmed")).toEqual([]);
});

test("doctor names a host that is not reached, and ends with 9", async () => {
  await place.ship(["sandbox", "break", "api-02", "down"]);
  const some = await place.ship(["doctor", "--output", "plain"]);
  expect(some.exit).toBe(9);
  expect(some.stdout).toMatch(/bad {3}api-02: not reached: /);
});

test("doctor ends with 7 when no host is reached", async () => {
  const alone = openPlace({
    "ship.config.yaml": `components:
  api:
    source: { type: dir, path: "versions/{version}" }
    path: api
    activate: ./restart
    healthy: { type: tcp, address: "127.0.0.1:8080", proof: none }
`,
    "cohorts/all.yaml": "hosts: [{ host: nobody, address: 127.0.0.1, port: 1 }]\n",
  });
  const { exit, stdout, stderr } = await alone.ship(["doctor", "--output", "plain"]);
  expect(exit, stdout + stderr).toBe(7);
  expect(stdout).toMatch(/bad {3}nobody: /);
  await alone.close();
});
