import { expect, test } from "vitest";
import type { Happening } from "../../src/core/event.ts";
import type { Route } from "../../src/core/route.ts";
import { paint } from "../../src/report/paint.ts";
import { routesText } from "../../src/report/routes.ts";

const direct: Route = {
  ...{ address: "10.0.0.1", port: 22, user: "deploy", transport: "ssh2", reason: "", jumps: [], command: null },
  login: "/h/.ssh/id_ed25519",
  trusted: { type: "ssh-ed25519", fingerprint: "SHA256:aaa", where: "/h/.ssh/known_hosts:7" },
};

function text(routes: Readonly<Record<string, Route | null>>): readonly string[] {
  const events = Object.entries(routes).map(
    ([host, route]): Extract<Happening, { type: "host.inspected" }> => ({
      ...{ type: "host.inspected", component: "api", cohort: "all", host, took: 1, user: "u", skew: 0, free: 1 },
      ...{ tools: [], boot: null, rebootSafe: null, route, findings: [] },
    }),
  );
  return routesText(events, paint(false));
}

test("a host that is alone is shown whole", () => {
  expect(text({ a: direct })).toEqual([
    "  way   a: deploy@10.0.0.1:22; ssh2; logs in with /h/.ssh/id_ed25519; trusted by ssh-ed25519 SHA256:aaa at /h/.ssh/known_hosts:7",
  ]);
  const command = { ...direct, command: "nc 10.0.0.1 22", login: null, trusted: null };
  expect(text({ a: command })).toEqual(["  way   a: deploy@10.0.0.1:22; through `nc 10.0.0.1 22`; ssh2"]);
});

test("a thousand that are reached alike are a line, whatever their addresses and keys", () => {
  const hosts = Array.from({ length: 1000 }, (_, i) => {
    const trusted = { type: "ssh-ed25519", fingerprint: `SHA256:${i}`, where: `/h/.ssh/known_hosts:${i}` };
    return [`h${String(i).padStart(4, "0")}`, { ...direct, address: `10.0.${i >> 8}.${i & 255}`, trusted }] as const;
  });
  expect(text(Object.fromEntries(hosts))).toEqual([
    "  way   h[0000-0999]: as deploy; ssh2; logs in with /h/.ssh/id_ed25519; trusted by ssh-ed25519 in /h/.ssh/known_hosts",
  ]);
});

test("what differs parts them: the port, the jump hosts, the transport with its reason, the key", () => {
  const routes = {
    a: direct,
    b: { ...direct, port: 2222 },
    c: { ...direct, port: 2222 },
    d: { ...direct, jumps: ["ops@gate:22", "ops@inner:22"] },
    e: { ...direct, transport: "openssh", reason: "CertificateFile", login: null, trusted: null },
    f: { ...direct, login: "ssh-agent SHA256:k me" },
    g: null,
  } as const;
  expect(text(routes).map((line) => line.slice(8, 70))).toMatchInlineSnapshot(`
    [
      "a: deploy@10.0.0.1:22; ssh2; logs in with /h/.ssh/id_ed25519; ",
      "b, c: as deploy, port 2222; ssh2; logs in with /h/.ssh/id_ed25",
      "d: deploy@10.0.0.1:22; through ops@gate:22, then ops@inner:22;",
      "e: deploy@10.0.0.1:22; openssh, as CertificateFile",
      "f: deploy@10.0.0.1:22; ssh2; logs in with ssh-agent SHA256:k m",
    ]
  `);
});

test("what ssh's config says steers no terminal", () => {
  const shown = text({ a: { ...direct, user: "\u001b[2J", command: "\u202e" } }).join("");
  expect(shown).not.toMatch(/[\u001b\u202e]/);
});
