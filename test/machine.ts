import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hasOpenFeature, installOpenFeature } from "./sdk/open-feature.ts";

/** What some tests need that not every machine has, with the tests that are left out where it is not there. */
const needs = [
  { program: "sshd", package: "openssh-server", tests: "everything on real OpenSSH servers" },
  { program: "ssh-keygen", package: "openssh-client", tests: "known_hosts and ssh_config against OpenSSH's own tools" },
  { program: "busybox", package: "busybox", tests: "the host programs in busybox ash" },
  { program: "dash", package: "dash", tests: "the host programs in dash" },
  { program: "fish", package: "fish", tests: "a login user whose shell is fish" },
  { program: "tcsh", package: "tcsh", tests: "a login user whose shell is csh" },
  { program: "curl", package: "curl", tests: "hosts that forbid forwarding and have curl" },
  { program: "wget", package: "wget", tests: "hosts that forbid forwarding and have wget" },
  { program: "prometheus", package: "prometheus", tests: "metrics of a real Prometheus, and rollouts gated by it" },
] as const;

/** Tests that this machine leaves out, a line each, with the reason. */
export function leftOut(): readonly string[] {
  const absent = needs
    .filter(({ program }) => !isThere(program))
    .map((need) => `${need.tests}: no ${need.program} here (package ${need.package})`);
  const rootless = process.getuid?.() === 0 ? [] : ["a full disk on a host: only root can mount a small one"];
  const unread = hasOpenFeature()
    ? []
    : [`flag files read by OpenFeature's own SDK: ${installOpenFeature} installs it`];
  return [...absent, ...rootless, ...unread];
}

/** Is a program installed? */
export function isThere(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}
