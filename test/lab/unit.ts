import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Container, Containers } from "./containers.ts";
import { until } from "./until.ts";

/** The service under ship is a unit of systemd, which starts what `current` points at, at boot as well. */
export const unit = `[Unit]
Description=the service under ship
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh bin/serve
WorkingDirectory=/srv/api/current
Restart=always
RestartSec=300ms

[Install]
WantedBy=multi-user.target
`;

export const lines = {
  path: "/srv/api",
  activate: "sh ./bin/activate",
  deactivate: "systemctl stop app",
  drain: "{ run: 'true', for: 0s }",
  undrain: "'true'",
  process: "{ unit: app }",
  max_unavailable: "1",
};

export type UnitBehaviour = { readonly activate?: string; readonly serve?: string };

export function writeVersion({ place }: Containers, name: string, { activate = "", serve }: UnitBehaviour = {}): void {
  const file = (path: string, text: string) => place.write(`versions/${name}/${path}`, text);
  file("VERSION", `${name}\n`);
  file("www/health", `${name}\n`);
  file("www/metrics", "connections_active 25\n");
  file("bin/activate", `${activate}\nsystemctl restart app\n`);
  const httpd = "busybox httpd -f -p 0.0.0.0:8080 -h www";
  file("bin/serve", `read -r version <VERSION\necho "$version" >>/var/tmp/starts\n${serve ?? `exec ${httpd}`}\n`);
}

/** What the host says of itself, read by nobody of ship. */
export function record(host: Container, field = "phase"): string {
  const text = readFileSync(join(host.disk, "srv/api/.ship/record"), "utf8");
  return new RegExp(`^${field}='(.*)'$`, "m").exec(text)?.[1] ?? "";
}

function linked(host: Container): string {
  return readlinkSync(join(host.disk, "srv/api/current")).replace(/^releases\/(.*)-[0-9a-f]+$/, "$1");
}

/** The version that answers, asked past ssh; - where none does. */
export function serving(host: Container): string {
  return host.sh("busybox wget -qO- http://127.0.0.1:8080/health 2>/dev/null || echo -").trim();
}

export function restarts(host: Container): readonly string[] {
  return readFileSync(join(host.disk, "var/tmp/starts"), "utf8").trimEnd().split("\n");
}

export async function comesToRest(host: Container, version: string): Promise<void> {
  const resting = () => !["armed", "switched", "reverting"].includes(record(host));
  await until(
    `${host.name} is at rest on ${version}`,
    () => resting() && linked(host) === version && serving(host) === version,
  );
}
